import { expect, it } from 'vitest';
import { decodeText } from './decode-text.ts';

const TEXT = '{"username":"josé 🌶"}\n';

it.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
  ['UTF-16 as Windows writes it', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
  ['big-endian UTF-16', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
])('a file in %s is decoded to its text', (_, bytes) => {
  expect(decodeText(bytes)).toBe(TEXT);
});

it('a file in Latin-1 is refused with the position of the first byte that is not UTF-8', () => {
  const bytes = Buffer.from('{"a":"é"}\n{"b":"josé"}', 'latin1');
  const utf8 = Buffer.concat([Buffer.from('{"a":"é"}\n'), bytes.subarray(10)]);
  expect(() => decodeText(utf8)).toThrow('The file is not UTF-8: byte 21, in line 2, is no part of it.');
  expect(() => decodeText(utf8)).toThrow('save it as UTF-8');
});

it('a file that ends within a character is refused, in UTF-8 and in UTF-16', () => {
  expect(() => decodeText(Buffer.from('é').subarray(0, 1))).toThrow('byte 1, in line 1');
  expect(() => decodeText(Buffer.from([0x61, 0xe2, 0x82]))).toThrow('byte 2, in line 1');
  expect(() => decodeText(Buffer.from([0xff, 0xfe, 0x00, 0xd8]))).toThrow('save it as UTF-8');
});
