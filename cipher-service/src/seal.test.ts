import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { oracleAad, oracleDecrypt, oracleEncrypt, oracleKey } from '../test/support/oracle.ts';
import { BINDING, newKey, PROFILE, ringOf } from '../test/support/rings.ts';
import { DidNotOpen } from './errors.ts';
import { encryptGcm } from './gcm.ts';
import { additionalData, open, parseEnvelope, printEnvelope, seal } from './seal.ts';
import type { Context, ProfileBinding, Sealed } from './wire.ts';

const key = newKey();
const ring = ringOf(key);

function refused(sealed: Parameters<typeof open>[1], binding: Context = BINDING, keyring = ring): void {
  expect(() => open(keyring, sealed, binding)).toThrow(DidNotOpen);
  expect(() => open(keyring, sealed, binding)).toThrow(/^This did not open\.$/);
}

test('any sealed text opens with its binding', () => {
  for (const text of ['', 'halo', '\uFEFFdengan BOM', '👩‍👩‍👧 e\u0301 \n\t', '\u0000', 'x'.repeat(16_384)])
    expect(open(ring, seal(ring, text, BINDING), BINDING)).toBe(text);
});

test('sealing the same text twice gives different contents', () => {
  const contents = Array.from({ length: 1_000 }, () => seal(ring, 'halo', BINDING).content);
  expect(new Set(contents.map((content) => content.slice(0, 16))).size).toBe(1_000);
});

describe('node-forge as the second implementation', () => {
  const dataKey = Buffer.from(key.key, 'base64');
  // Without bias, lengths are spread evenly; by default fast-check prefers the extremes.
  const text = fc
    .record({
      bytes: fc.noBias(fc.integer({ min: 0, max: 16_384 })),
      unit: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    })
    .map(({ bytes, unit }) => {
      const times = Math.floor(bytes / Buffer.byteLength(unit));
      return unit.repeat(times) + 'x'.repeat(bytes - times * Buffer.byteLength(unit));
    })
    .filter((text) => text.isWellFormed());
  const id = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .filter((text) => text.isWellFormed());
  const count = fc.maxSafeNat();
  const binding = fc.record({
    messageId: id,
    conversationId: id,
    senderId: id,
    timestamp: count,
    edit: count,
  });

  test('node-forge opens texts that the service seals, of random sizes from 0 to 16 KiB', () => {
    fc.assert(
      fc.property(text, binding, (plain, of) => {
        const { kid, content } = seal(ring, plain, of);
        const opened = oracleDecrypt(
          oracleKey(dataKey, kid, of.conversationId),
          Buffer.from(content, 'base64'),
          oracleAad(kid, of),
        );
        expect(opened?.toString('utf8')).toBe(plain);
      }),
      { numRuns: 300 },
    );
  });

  test('the service opens texts that node-forge seals, of random sizes from 0 to 16 KiB', () => {
    fc.assert(
      fc.property(text, binding, (plain, of) => {
        const nonce = randomBytes(12);
        const secret = oracleKey(dataKey, key.kid, of.conversationId);
        const box = oracleEncrypt(secret, nonce, oracleAad(key.kid, of), Buffer.from(plain));
        const content = Buffer.concat([nonce, box]).toString('base64');
        expect(open(ring, { v: 1, kid: key.kid, content }, of)).toBe(plain);
      }),
      { numRuns: 300 },
    );
  });
});

test('a change of any bit of nonce, ciphertext or tag prevents opening', () => {
  const sealed = seal(ring, 'Besok jam tujuh di stasiun, jangan terlambat.', BINDING);
  const bytes = Buffer.from(sealed.content, 'base64');
  expect(open(ring, sealed, BINDING)).toContain('stasiun');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    refused({ ...sealed, content: flipped.toString('base64') });
  }
});

test('a change of any field of the binding prevents opening', () => {
  const sealed = seal(ring, 'halo', BINDING);
  expect(open(ring, sealed, { ...BINDING })).toBe('halo');
  const others: Partial<typeof BINDING>[] = [
    { messageId: BINDING.senderId },
    { conversationId: BINDING.messageId },
    { senderId: BINDING.messageId },
    { timestamp: BINDING.timestamp + 1 },
    { edit: 1 },
    { messageId: BINDING.messageId.toUpperCase() },
    { senderId: `${BINDING.senderId} ` },
  ];
  for (const other of others) refused(sealed, { ...BINDING, ...other });
});

test('rows that are swapped between conversations, senders or messages do not open', () => {
  const here = { ...BINDING };
  const there = { ...BINDING, conversationId: 'another', messageId: 'other', timestamp: 5 };
  const [a, b] = [seal(ring, 'ya', here), seal(ring, 'tidak', there)];
  expect([open(ring, a, here), open(ring, b, there)]).toEqual(['ya', 'tidak']);
  refused(a, there);
  refused(b, here);
});

test('a sealed profile opens for its person, field and edit only', () => {
  const sealed = seal(ring, 'Sari', PROFILE);
  expect(open(ring, sealed, { ...PROFILE })).toBe('Sari');
  const others: Partial<ProfileBinding>[] = [
    { userId: BINDING.messageId },
    { field: 'picture' },
    { edit: 2 },
    { userId: `${PROFILE.userId} ` },
  ];
  for (const other of others) refused(sealed, { ...PROFILE, ...other });
});

test('a profile does not open as a message, or a message as a profile, and their keys differ for the same id', () => {
  const id = PROFILE.userId;
  const message = { messageId: id, conversationId: id, senderId: 'texts', timestamp: 1, edit: 1 };
  refused(seal(ring, 'Sari', PROFILE), message);
  refused(seal(ring, 'halo', message), PROFILE);
  expect(ring.keyFor(key.kid, id)?.export()).not.toEqual(ring.profileKeyFor(key.kid, id)?.export());
});

test('node-forge opens a profile that the service seals', () => {
  const { kid, content } = seal(ring, 'Sari', PROFILE);
  const secret = oracleKey(Buffer.from(key.key, 'base64'), kid, PROFILE.userId, 'profile');
  const opened = oracleDecrypt(secret, Buffer.from(content, 'base64'), oracleAad(kid, PROFILE));
  expect(opened?.toString('utf8')).toBe('Sari');
});

test('truncated, extended and differently encoded contents do not open', () => {
  const sealed = seal(ring, 'halo', BINDING);
  const bytes = Buffer.from(sealed.content, 'base64');
  for (let length = 0; length < bytes.length; length += 1)
    refused({ ...sealed, content: bytes.subarray(0, length).toString('base64') });
  refused({ ...sealed, content: Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64') });
  refused({ ...sealed, content: `${sealed.content}\n` });
});

test('a content with an unknown kid does not open, though the key that sealed it is in the keyring', () => {
  const sealed = seal(ring, 'halo', BINDING);
  for (const kid of ['unknown', '', '__proto__', `${key.kid}x`]) refused({ ...sealed, kid });
});

test('the kid is bound: a content does not open under the same key with another kid', () => {
  const other = newKey();
  const both = ringOf(key, other);
  const sealed = seal(both, 'halo', BINDING);
  expect(sealed.kid).toBe(other.kid);
  refused({ ...sealed, kid: key.kid }, BINDING, both);
});

test('a content of another version does not open', () => {
  refused({ ...seal(ring, 'halo', BINDING), v: 2 });
});

test('an older key still opens its contents while the newest key seals, whose contents the older keyring cannot open', () => {
  const old: Sealed = seal(ring, 'dulu', BINDING);
  const rotated = ringOf(key, newKey());
  const fresh = seal(rotated, 'sekarang', BINDING);
  expect(fresh.kid).not.toBe(old.kid);
  expect(open(rotated, old, BINDING)).toBe('dulu');
  expect(open(rotated, fresh, BINDING)).toBe('sekarang');
  refused(fresh, BINDING, ring);
});

test('authenticated bytes that are not UTF-8 do not open', () => {
  const secret = createSecretKey(oracleKey(Buffer.from(key.key, 'base64'), key.kid, BINDING.conversationId));
  const box = (plaintext: Buffer) =>
    printEnvelope(encryptGcm(secret, randomBytes(12), additionalData(key.kid, BINDING), plaintext));
  const good = { v: 1, kid: key.kid, content: box(Buffer.from('halo')) };
  expect(parseEnvelope(good.content).ciphertext.length).toBe(4);
  expect(open(ring, good, BINDING)).toBe('halo');
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]])
    refused({ ...good, content: box(Buffer.from(bytes)) });
});
