import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fakeCipher } from '../../test/support/fake-cipher.ts';
import type { Picture } from '../wire/wire.ts';
import { openPicture, readPicture, sealPicture } from './picture.ts';

const SIGNATURES: Record<Picture['type'], string> = {
  'image/png': '89504e470d0a1a0a',
  'image/jpeg': 'ffd8ffe0',
  'image/webp': '52494646000000005745425056503820',
};
const TYPES = Object.keys(SIGNATURES) as Picture['type'][];
const pictureOf = (type: Picture['type'], bytes: number): Picture => {
  const begin = Buffer.from(SIGNATURES[type], 'hex');
  const data = Buffer.concat([begin, randomBytes(bytes - begin.length)]).toString('base64');
  return { type, data };
};
const refused = expect.objectContaining({ code: 'INVALID_PICTURE' });

describe('reading a picture', () => {
  it.each(TYPES)('a picture of %s is accepted up to 20 KB, and under no other type', (type) => {
    const whole = pictureOf(type, 20 * 1024);
    expect(readPicture(whole)).toEqual(whole);
    expect(() => readPicture(pictureOf(type, 20 * 1024 + 1))).toThrow(refused);
    for (const other of TYPES.filter((one) => one !== type)) {
      expect(() => readPicture({ ...whole, type: other })).toThrow(refused);
    }
  });

  it.each([
    ['empty', ''],
    ['an SVG document', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')],
    ['not base64', 'iVBORw0KGgo*'],
    [
      'base64 in another spelling',
      `${Buffer.from(`${SIGNATURES['image/png']}00`, 'hex').toString('base64')}\n`,
    ],
    ['cut short', Buffer.from('89504e47', 'hex').toString('base64')],
  ])('a picture that is %s is refused', (_, data) => {
    for (const type of TYPES) expect(() => readPicture({ type, data })).toThrow(refused);
  });
});

describe('a sealed picture', () => {
  const row = { userId: 'ani', id: 'p1', edit: 3 };

  it('a sealed picture is the same when it is opened', async () => {
    const cipher = fakeCipher();
    for (const bytes of [20, 5000, 20 * 1024]) {
      const picture = pictureOf('image/webp', bytes);
      const sealed = await sealPicture(cipher, row, picture);
      expect(await openPicture(cipher, sealed, 'budi')).toEqual({ id: 'p1', ...picture });
    }
  });

  it('a sealed picture does not open when pieces are missing or moved, with another edit or as another person’s', async () => {
    const cipher = fakeCipher();
    const sealed = await sealPicture(cipher, row, pictureOf('image/png', 20 * 1024));
    const [first, second] = sealed.pieces;
    if (!first || !second) throw new Error('the picture must have two pieces');
    for (const spoiled of [
      { ...sealed, pieces: [first] },
      { ...sealed, pieces: [second, first] },
      { ...sealed, pieces: [first, first] },
      { ...sealed, edit: 4 },
      { ...sealed, userId: 'budi' },
    ]) {
      expect(await openPicture(cipher, spoiled, 'budi')).toBeUndefined();
    }
  });
});
