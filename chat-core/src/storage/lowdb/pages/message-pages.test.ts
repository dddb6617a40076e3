import { expect, it } from 'vitest';
import { memoryDisk } from '../disk/memory-disk.ts';
import { openStore } from '../lowdb-store.ts';

it('a read that skips the cache brings no page into it, and reads what is there', async () => {
  const disk = memoryDisk();
  const open = () => openStore(disk, 'data', { now: () => 1 });
  let store = await open();
  await store.transact(async (tx) => {
    const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
    for (const id of ['ani', 'budi']) await tx.saveAccount({ ...bare, id, username: id });
    await tx.befriend('ani', 'budi', 'c1');
    const row = { conversationId: 'c1', senderId: 'ani', content: 'sealed', timestamp: 1, v: 1, kid: 'k1' };
    for (let n = 1; n <= 200; n++) await tx.appendMessage({ ...row, v: 1, id: `m${n}` });
  });
  await store.checkpoint('all');
  await store.close();
  store = await open();
  /** Whether a read had to go to the disk. */
  const isLoaded = async (skipsCache?: true) => {
    let bytes = 0;
    const count = (size: number) => {
      bytes += size;
    };
    const budget = { count, ...(skipsCache && { skipsCache }) };
    const rows = await store.messages('c1', { before: 101, limit: 100, budget });
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    return bytes > 0;
  };
  expect([await isLoaded(true), await isLoaded(true)]).toEqual([true, true]);
  expect([await isLoaded(), await isLoaded(), await isLoaded(true)]).toEqual([true, false, false]);
});
