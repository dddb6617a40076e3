import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exifSegment, noisePng, PLACE, withPlace } from '../../../test/support/picture-files.ts';
import { removeMetadata } from './remove-metadata.ts';

const cleaned = async (bytes: Buffer, type: string) =>
  Buffer.from(await (await removeMetadata(new Blob([new Uint8Array(bytes)], { type }))).arrayBuffer());

const latin = (text: string) => Buffer.from(text, 'latin1');
const segment = (marker: number, data: string) =>
  Buffer.concat([Buffer.of(0xff, marker, 0, data.length + 2), latin(data)]);
const SCAN = Buffer.concat([segment(0xda, '\x01\x01\0\0\x3f\0'), Buffer.of(1, 0xff, 0, 2, 0xff, 0xd3, 9)]);
/** A JPEG in form: tables, two scans with escaped FF and a restart, and what shows its colours. */
const JPEG = Buffer.concat([
  Buffer.of(0xff, 0xd8),
  segment(0xe0, 'JFIF\0\x01\x02\0\0\x01\0\x01\0\0'),
  segment(0xe2, 'ICC_PROFILE\0\x01\x01the colours'),
  segment(0xee, 'Adobe\0\x64\0\0\0\0\x01'),
  segment(0xdb, 'tables'),
  SCAN,
  segment(0xc4, 'more tables'),
  SCAN,
  Buffer.of(0xff, 0xd9),
]);

test.each([false, true])(
  'a JPEG keeps its picture, its colours and its orientation, and nothing else',
  async (isLittle) => {
    expect(withPlace(JPEG, 6, isLittle).includes(PLACE)).toBe(true);
    const upright = await cleaned(withPlace(JPEG, 1, isLittle), 'image/jpeg');
    expect(upright).toEqual(JPEG);
    const turned = await cleaned(withPlace(JPEG, 6, isLittle), 'image/jpeg');
    expect(turned.includes(PLACE)).toBe(false);
    expect(turned.subarray(-JPEG.length + 2)).toEqual(JPEG.subarray(2));
    // Taken off again, the orientation is found.
    expect(await cleaned(turned, 'image/jpeg')).toEqual(turned);
  },
);

test('the metadata of PNG and WebP goes too, and their pictures stay as they are', async () => {
  const png = noisePng(4, PLACE);
  expect(png.includes(PLACE)).toBe(true);
  const plain = await cleaned(png, 'image/png');
  expect(plain.includes(PLACE)).toBe(false);
  expect(plain.includes(png.subarray(png.indexOf('IDAT') - 4))).toBe(true);

  const chunk = (type: string, data: string) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([latin(type), size, latin(data), Buffer.alloc(data.length % 2)]);
  };
  const riff = (...chunks: Buffer[]) => {
    const body = Buffer.concat([latin('WEBP'), ...chunks]);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(body.length);
    return Buffer.concat([latin('RIFF'), size, body]);
  };
  const head = (flags: string) => chunk('VP8X', `${flags}\0\0\0\x01\0\0\x01\0\0`);
  const picture = chunk('VP8 ', 'odd');
  const webp = riff(head('\x3c'), picture, chunk('EXIF', PLACE), chunk('XMP ', PLACE));
  expect(await cleaned(webp, 'image/webp')).toEqual(riff(head('\x30'), picture));
});

test('what is no whole picture, and other types, stay byte for byte, and no input fails', async () => {
  for (const other of ['GIF89a and a place', '%PDF-1.7', '', '\xff\xd8\xff', 'RIFF\0\0\0\0WEBP'])
    expect(await cleaned(latin(other), 'x/y')).toBeInstanceOf(Buffer);
  expect((await cleaned(latin('GIF89a'), 'image/gif')).toString()).toBe('GIF89a');
  const valid = [withPlace(JPEG, 3), noisePng(3, PLACE)];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...valid),
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      async (source, length, changes) => {
        const bytes = Buffer.from(source.subarray(0, length % source.length));
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        const once = await cleaned(bytes, 'image/jpeg');
        // At most an orientation and an end are added.
        expect(once.length).toBeLessThanOrEqual(bytes.length + 38);
      },
    ),
    { numRuns: 300 },
  );
});

test('an orientation outside 1 to 8, or a directory that ends early, counts as upright', async () => {
  for (const exif of [
    exifSegment(9, PLACE),
    exifSegment(0, PLACE),
    segment(0xe1, 'Exif\0\0MM\0*\0\0\xff\xff'),
  ]) {
    const bytes = Buffer.concat([JPEG.subarray(0, 2), exif, JPEG.subarray(2)]);
    expect(await cleaned(bytes, 'image/jpeg')).toEqual(JPEG);
  }
});
