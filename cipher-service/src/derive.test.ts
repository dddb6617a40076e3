import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readVectors } from '../test/support/vectors.ts';
import { commitment, conversationKey, hkdfSha256, profileKey, secret } from './derive.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const dataKey = createSecretKey(Buffer.alloc(32, 7));

test('HKDF gives the result of RFC 5869 appendix A.1', () => {
  const okm = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865';
  const key = createSecretKey(Buffer.alloc(22, 0x0b));
  const derived = hkdfSha256(key, hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42);
  expect(derived.toString('hex')).toBe(okm);
});

const Vector = z.object({
  tcId: z.number(),
  ikm: z.string(),
  salt: z.string(),
  info: z.string(),
  size: z.number(),
  okm: z.string(),
  result: z.enum(['valid', 'invalid']),
});
const Vectors = z.object({ testGroups: z.array(z.object({ tests: z.array(Vector) })) });

test('every Wycheproof case of HKDF-SHA-256 is accepted or refused as specified', () => {
  const cases = Vectors.parse(readVectors('hkdf_sha256_test.json')).testGroups.flatMap(({ tests }) => tests);
  expect(cases.length).toBe(86);
  for (const { tcId, ikm, salt, info, size, okm, result } of cases) {
    const derive = () => hkdfSha256(createSecretKey(hex(ikm)), hex(salt), hex(info), size).toString('hex');
    if (result === 'valid') expect(derive(), `case ${tcId}`).toBe(okm);
    else expect(derive, `case ${tcId}`).toThrow();
  }
});

test('conversations, people, kids and purposes never share a key', () => {
  const keys = [
    conversationKey(dataKey, 'k1', 'a').export(),
    conversationKey(dataKey, 'k1', 'b').export(),
    conversationKey(dataKey, 'k2', 'a').export(),
    profileKey(dataKey, 'k1', 'a').export(),
    profileKey(dataKey, 'k1', 'b').export(),
    profileKey(dataKey, 'k2', 'a').export(),
    commitment(dataKey, 'k1'),
    commitment(dataKey, 'k2'),
    dataKey.export(),
  ].map((bytes) => bytes.toString('hex'));
  expect(new Set(keys).size).toBe(keys.length);
});

test('the bytes of a key object are zero-filled', () => {
  const bytes = Buffer.alloc(32, 7);
  expect(secret(bytes).equals(dataKey)).toBe(true);
  expect(bytes.equals(Buffer.alloc(32))).toBe(true);
});
