import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readVectors } from '../../../../../cipher-service/test/support/vectors.ts';
import { createHmacSha256 } from './hmac.ts';

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 100 });
const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ minLength: 8000, maxLength: 8300, size: 'max' }),
);

test('a code is that of createHmac, whatever the key, the prefix and the content, long or short', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.array(fc.tuple(ascii, content), { minLength: 1, maxLength: 4 }),
      (key, messages) => {
        const secret = createSecretKey(key);
        const hmac = createHmacSha256(secret);
        for (const [prefix, bytes] of messages) {
          const expected = createHmac('sha256', secret).update(prefix).update(bytes).digest('hex');
          expect(hmac(prefix, bytes).toString('hex')).toBe(expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('the code of RFC 4231, test case 2', () => {
  const hmac = createHmacSha256(createSecretKey('Jefe', 'utf8'));
  expect(hmac('what do ya want ', Buffer.from('for nothing?')).toString('hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

const hex = (text: string) => Buffer.from(text, 'hex');
const Vector = z.object({
  tcId: z.number(),
  key: z.string(),
  msg: z.string(),
  tag: z.string(),
  result: z.enum(['valid', 'invalid']),
});
const Vectors = z.object({
  testGroups: z.array(z.object({ keySize: z.number(), tagSize: z.number(), tests: z.array(Vector) })),
});

test('every Wycheproof case of HMAC-SHA-256, whole or truncated, is accepted or refused as specified, and a longer key refused', () => {
  let [all, longer] = [0, 0];
  for (const { keySize, tagSize, tests } of Vectors.parse(readVectors('hmac_sha256_test.json')).testGroups)
    for (const { tcId, key, msg, tag, result } of tests) {
      all += 1;
      if (keySize > 512) {
        longer += 1;
        expect(() => createHmacSha256(createSecretKey(hex(key))), `case ${tcId}`).toThrow('hashed first');
        continue;
      }
      const code = createHmacSha256(createSecretKey(hex(key)))('', hex(msg)).subarray(0, tagSize / 8);
      expect(code.equals(hex(tag)), `case ${tcId}`).toBe(result === 'valid');
    }
  expect([all, longer]).toEqual([174, 6]);
});

test('a key longer than a block is refused', () => {
  expect(() => createHmacSha256(createSecretKey(Buffer.alloc(65, 1)))).toThrow('hashed first');
});
