import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { DidNotOpen } from './errors.ts';
import { parseEnvelope, printEnvelope, TEXT_BYTES } from './seal.ts';

test('a printed envelope is parsed to the same bytes, for texts of any length', () => {
  for (const length of [0, 1, 2, 3, 17, TEXT_BYTES]) {
    const boxed = { nonce: randomBytes(12), ciphertext: randomBytes(length), tag: randomBytes(16) };
    expect(parseEnvelope(printEnvelope(boxed))).toEqual(boxed);
  }
});

test('other encodings of the same bytes are refused, though Node decodes them to the same bytes', () => {
  const bytes = Buffer.alloc(28, 0xff);
  bytes[27] = 0xfc;
  const content = bytes.toString('base64');
  const plain = content.replaceAll('=', '');
  const spellings = [
    plain,
    `${content} `,
    `\n${content}`,
    `${content}=`,
    `${content.slice(0, 8)}\n${content.slice(8)}`,
    `${content.slice(0, 8)}!${content.slice(8)}`,
    bytes.toString('base64url'),
    `${plain.slice(0, -1)}${plain.endsWith('A') ? 'B' : '9'}==`,
  ].filter((spelling) => Buffer.from(spelling, 'base64').equals(bytes));
  expect(spellings.length).toBeGreaterThanOrEqual(7);
  for (const spelling of spellings) expect(() => parseEnvelope(spelling), spelling).toThrow(DidNotOpen);
  expect(parseEnvelope(content).tag.length).toBe(16);
});

test('an envelope with stray bits after the last byte is refused', () => {
  const content = Buffer.alloc(28).toString('base64');
  const stray = `${content.slice(0, -3)}B==`;
  expect(Buffer.from(stray, 'base64').equals(Buffer.alloc(28))).toBe(true);
  expect(() => parseEnvelope(stray)).toThrow(DidNotOpen);
});

test('an envelope shorter than nonce and tag, or longer than the longest text, is refused', () => {
  for (const length of [0, 1, 12, 16, 27, 28 + TEXT_BYTES + 1, 100_000])
    expect(() => parseEnvelope(Buffer.alloc(length).toString('base64'))).toThrow(DidNotOpen);
});
