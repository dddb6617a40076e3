import { expect, it } from 'vitest';
import { foldName } from './store.ts';
import { freeUsername, isUsername } from './usernames.ts';

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
])('an account with the wanted username %j gets the username %j, which is valid and free', (wanted, name) => {
  const taken = new Set(['ani', 'b'.repeat(32)]);
  expect(freeUsername(wanted, (folded) => taken.has(folded))).toBe(name);
  expect(isUsername(name)).toBe(true);
  expect(taken.has(foldName(name))).toBe(false);
});
