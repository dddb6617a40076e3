import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** What the metadata of the test pictures has, and nothing else may have. */
export const PLACE = 'GPS -6.2088 106.8456';

const chunk = (type: string, data: Uint8Array) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** A PNG of noise, as large as its pixels; with `place`, its text says where it was made. */
export function noisePng(side: number, place = ''): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Array.from({ length: side }, () => Buffer.concat([Buffer.of(0), randomBytes(side * 3)]));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(place ? [chunk('tEXt', Buffer.from(`Comment\0${place}`))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const segment = (marker: number, data: Buffer) => {
  const head = Buffer.of(0xff, marker, 0, 0);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
};

/** An Exif segment in either byte order: an orientation, and a place as its camera. */
export function exifSegment(orientation: number, place: string, isLittle = false): Buffer {
  const text = Buffer.from(`${place}\0`);
  const tiff = Buffer.alloc(38 + text.length);
  const put16 = (value: number, at: number) =>
    isLittle ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const put32 = (value: number, at: number) =>
    isLittle ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(isLittle ? 'II' : 'MM', 0, 'latin1');
  put16(42, 2);
  put32(8, 4);
  put16(2, 8);
  // Entries in the order of their tags: the camera (0x0110, text), and the orientation (0x0112, a short number).
  put16(0x0110, 10);
  put16(2, 12);
  put32(text.length, 14);
  put32(38, 18);
  put16(0x0112, 22);
  put16(3, 24);
  put32(1, 26);
  put16(orientation, 30);
  text.copy(tiff, 38);
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]));
}

/** A JPEG that says in every way where it was made: Exif, XMP, IPTC, a comment, a second picture after its end. */
export function withPlace(jpeg: Buffer, orientation: number, isLittle = false): Buffer {
  const extra = [
    exifSegment(orientation, PLACE, isLittle),
    segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x>${PLACE}</x>`)),
    segment(0xe2, Buffer.from(`MPF\0${PLACE}`)),
    segment(0xed, Buffer.from(`Photoshop 3.0\0${PLACE}`)),
    segment(0xfe, Buffer.from(PLACE)),
  ];
  return Buffer.concat([jpeg.subarray(0, 2), ...extra, jpeg.subarray(2), Buffer.from(`MOTION ${PLACE}`)]);
}
