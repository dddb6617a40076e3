import { expect, it } from 'vitest';
import { openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import { hasBlocked, isBlocked } from './blocking.ts';

it('a block stands between two people, whichever of them asks', async () => {
  const store = await openMemoryStore();
  const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
  await store.transact(async (tx) => {
    await tx.saveAccount({ ...bare, id: 'ani', username: 'ani', blocked: ['budi'] });
    for (const id of ['budi', 'citra']) await tx.saveAccount({ ...bare, id, username: id });
  });
  expect([await isBlocked(store, 'ani', 'budi'), await isBlocked(store, 'budi', 'ani')]).toEqual([
    true,
    true,
  ]);
  expect([await isBlocked(store, 'ani', 'citra'), await isBlocked(store, 'budi', 'nobody')]).toEqual([
    false,
    false,
  ]);
  expect([await hasBlocked(store, 'ani', 'budi'), await hasBlocked(store, 'budi', 'ani')]).toEqual([
    true,
    false,
  ]);
});
