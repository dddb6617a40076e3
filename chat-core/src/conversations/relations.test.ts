import { expect, it } from 'vitest';
import type { Account } from '../storage/store.ts';
import { hasBlocked, isBlocked } from './relations.ts';

it('two people are separated by a block of either of them', async () => {
  const person = { password: '', contacts: [], tokenVersion: 0, devices: [] };
  const accounts: Record<string, Account> = {
    ani: { ...person, id: 'ani', username: 'ani', blocked: ['budi'] },
    budi: { ...person, id: 'budi', username: 'budi' },
    citra: { ...person, id: 'citra', username: 'citra' },
  };
  const reader = { account: async (id: string) => accounts[id] };
  expect([await isBlocked(reader, 'ani', 'budi'), await isBlocked(reader, 'budi', 'ani')]).toEqual([
    true,
    true,
  ]);
  expect([await isBlocked(reader, 'ani', 'citra'), await isBlocked(reader, 'budi', 'x')]).toEqual([
    false,
    false,
  ]);
  expect([await hasBlocked(reader, 'ani', 'budi'), await hasBlocked(reader, 'budi', 'ani')]).toEqual([
    true,
    false,
  ]);
});
