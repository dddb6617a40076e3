import { expect, it } from 'vitest';
import { isUsername } from '../../auth/accounts.ts';
import { foldName } from '../../storage/store.ts';
import { freeName } from './free-username.ts';

it.each([
  ['Hakim', 'Hakim'],
  ['ani', 'ani-2'],
  ['ANI', 'ani-2'],
  ['Pak Budi', 'pak-budi'],
  ['é', 'user-e'],
  ['', 'user'],
  ['李明', 'user'],
  ['__proto__', 'proto'],
  ['a'.repeat(40), 'a'.repeat(32)],
  ['b'.repeat(32), `${'b'.repeat(30)}-2`],
])('%j becomes %j, which today’s rule takes and nobody has', (wanted, name) => {
  const taken = new Set(['ani', 'b'.repeat(32)]);
  expect(freeName(wanted, (folded) => taken.has(folded))).toBe(name);
  expect(isUsername(name)).toBe(true);
  expect(taken.has(foldName(name))).toBe(false);
});
