import { createHmac, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
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

test('a key longer than a block is refused', () => {
  expect(() => createHmacSha256(createSecretKey(Buffer.alloc(65, 1)))).toThrow('hashed first');
});
