import { expect, it } from 'vitest';
import { keyedDisk } from '../disk/keyed-disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { openStore } from '../lowdb-store.ts';
import { readJournal } from './replay.ts';

const PATH = 'data/journal/00000001.jsonl';
const options = { now: () => 1, fileBytes: 8192 };

it.each([0, 20, 500, 8191])(
  'a journal cut at byte %i is refused by replay and reported by a scan',
  async (end) => {
    const disk = memoryDisk();
    const store = await openStore(disk, 'data', options);
    for (const id of ['ani', 'budi', 'cici']) {
      const account = { id, username: id, password: 'hash', contacts: [], tokenVersion: 0, devices: [] };
      await store.transact((tx) => tx.saveAccount(account));
    }
    await store.close();
    const bytes = await disk.read(PATH);
    const file = await disk.open(PATH, 'create');
    await file.write(bytes?.subarray(0, end) ?? Buffer.alloc(0), 0);

    await expect(openStore(disk, 'data', options)).rejects.toThrow(`at byte ${end}: its end is missing`);
    const reported: unknown[] = [];
    const onDamage = (...fault: unknown[]) => reported.push(fault);
    const keyed = keyedDisk(disk, 'data', undefined);
    await readJournal(keyed, 'data/journal', { first: 0, revision: 0, newest: 1 }, () => {}, onDamage);
    expect(reported).toContainEqual([PATH, end, 'its end is missing']);
  },
);
