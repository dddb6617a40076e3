import { describe, expect, it } from 'vitest';
import { isUnusedStep, stepOfCode, toBase32, totpUri } from './totp.ts';

/** RFC 6238 appendix B: seconds and the SHA-1 code, of which six digits are the last six of its eight. */
const VECTORS: [number, string][] = [
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
];
const SECRET = toBase32(Buffer.from('12345678901234567890'));

describe('a code of an authenticator app', () => {
  it.each(VECTORS)('at second %i the code of RFC 6238 is right, and no other', (second, eight) => {
    const code = eight.slice(2);
    expect(stepOfCode(SECRET, code, second * 1000)).toBe(Math.floor(second / 30));
    const other = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    expect(stepOfCode(SECRET, other, second * 1000)).toBeUndefined();
  });

  it('a code is right in its own half minute, the one before and the one after, and at no other time', () => {
    const [second, code, step] = [1111111111, '050471', 37037037];
    expect(step).toBe(Math.floor(second / 30));
    const from = (step - 1) * 30_000;
    const to = (step + 2) * 30_000;
    for (const [ms, right] of [[from - 1], [from, step], [to - 1, step], [to]] as const)
      expect([ms, stepOfCode(SECRET, code, ms ?? 0)]).toEqual([ms, right]);
  });

  it('a code of another length or with other characters is wrong', () => {
    for (const code of ['', '05047', '0050471', ' 50471', '05047a', '０５０４７１'])
      expect([code, stepOfCode(SECRET, code, 1111111111_000)]).toEqual([code, undefined]);
  });

  it('each step is used once and none before the last, but a clock that ran ahead blocks no later code', () => {
    const now = 100 * 30_000;
    expect([99, 100, 101].map((step) => isUnusedStep(step, 100, now))).toEqual([false, false, true]);
    expect(isUnusedStep(101, 101, now)).toBe(false);
    // Stored in 2040 by a clock that was wrong: the owner can still log in.
    expect(isUnusedStep(100, 70_000_000, now)).toBe(true);
  });

  it('the URI of a QR code names the issuer, the account and the secret in base32', () => {
    expect(totpUri(SECRET, 'sari')).toBe(
      'otpauth://totp/Bisik:sari?issuer=Bisik&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
    );
  });
});
