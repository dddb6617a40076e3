import { expect, it } from 'vitest';
import { decodeText } from './seed-text.ts';

const TEXT = '{"username":"josé 🌶"}\n';

it.each([
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with its mark', Buffer.from(`\ufeff${TEXT}`)],
  ['UTF-16 as Windows writes it', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
  ['UTF-16 with its bytes the other way round', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
])('a file in %s is read as it is', (_, bytes) => {
  expect(decodeText(bytes)).toBe(TEXT);
});

it('a file in Latin-1 is refused with the place of its first byte that is no UTF-8', () => {
  const bytes = Buffer.from('{"a":"é"}\n{"b":"josé"}', 'latin1');
  const utf8 = Buffer.concat([Buffer.from('{"a":"é"}\n'), bytes.subarray(10)]);
  expect(() => decodeText(utf8)).toThrow('The file is not UTF-8: byte 21, in line 2, is no part of it.');
  expect(() => decodeText(utf8)).toThrow('save it as UTF-8');
});

it('a file that is cut within a character is refused, and so is half a character of UTF-16', () => {
  expect(() => decodeText(Buffer.from('é').subarray(0, 1))).toThrow('byte 1, in line 1');
  expect(() => decodeText(Buffer.from([0x61, 0xe2, 0x82]))).toThrow('byte 2, in line 1');
  expect(() => decodeText(Buffer.from([0xff, 0xfe, 0x00, 0xd8]))).toThrow('save it as UTF-8');
});
