import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createDeviceProofs } from './device-proof.ts';

const proofs = createDeviceProofs(createSecretKey(Buffer.alloc(32, 1)));

it('a proof is valid for its name and key alone, and each one is different', () => {
  const proof = proofs.issue('ani');
  expect(proof).toMatch(/^[\w-]{43}$/);
  expect(proofs.isValid('ani', proof)).toBe(true);
  expect(proofs.isValid('budi', proof)).toBe(false);
  expect(createDeviceProofs(createSecretKey(Buffer.alloc(32, 2))).isValid('ani', proof)).toBe(false);
  expect(proofs.issue('ani')).not.toBe(proof);
});

it('no text but an issued proof is valid', () => {
  const proof = proofs.issue('ani');
  for (const text of ['', 'x', `${proof}=`, `${proof}a`, proof.slice(1), ` ${proof}`, 'A'.repeat(43)])
    expect([text, proofs.isValid('ani', text)]).toEqual([text, false]);
  const bytes = Buffer.from(proof, 'base64url');
  // The premise: another last digit stands for the same bytes.
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = proof.slice(0, -1) + digits[digits.indexOf(proof.slice(-1)) ^ 1];
  expect(Buffer.from(twin, 'base64url').equals(bytes)).toBe(true);
  expect(proofs.isValid('ani', twin)).toBe(false);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(proofs.isValid('ani', changed.toString('base64url'))).toBe(false);
  }
  for (let n = 0; n < 2000; n++)
    expect(proofs.isValid('ani', randomBytes(32).toString('base64url'))).toBe(false);
});
