import { expect, it } from 'vitest';
import { hashCode, newCode, spell } from './codes.ts';

it('a code holds all its random bits in unambiguous digits', () => {
  const codes = Array.from({ length: 2000 }, () => newCode(10));
  expect(new Set(codes).size).toBe(2000);
  for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/);
  expect(newCode(16)).toHaveLength(26);
  // Each of the 32 digits occurs at each position: no bit is constant.
  for (let index = 0; index < 16; index++) expect(new Set(codes.map((code) => code[index])).size).toBe(32);
});

it('the hash of a code is the same however it is typed, and differs for another purpose', () => {
  const hash = hashCode('reset', '7k3m0q9x1d2v5thb');
  expect(spell('7k3m0q9x1d2v5thb')).toBe('7K3M-0Q9X-1D2V-5THB');
  for (const typed of ['7K3M-0Q9X-1D2V-5THB', ' 7k3m oq9x ld2v 5thb\n', '7K3MOQ9XID2V5THB'])
    expect(hashCode('reset', typed)).toBe(hash);
  expect(hashCode('reset', '7k3m0q9x1d2v5thc')).not.toBe(hash);
  expect(hashCode('invite', '7k3m0q9x1d2v5thb')).not.toBe(hash);
});
