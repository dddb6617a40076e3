import { beforeEach, expect, it, vi } from 'vitest';
import { person } from '../../contract/rig.ts';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import { floorBytes, reserveBytes } from './free-space.ts';

const MB = 2 ** 20;
const TOTAL = 8 * MB;
const FILE_BYTES = 64 * 1024;

let files: Map<string, Buffer>;
let disk: Disk;
let now: number;
let warnings: string[];
beforeEach(() => {
  files = new Map();
  disk = smallDisk(files);
  now = 0;
  warnings = [];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});

const usedIn = (all: Map<string, Buffer>) => [...all.values()].reduce((sum, { length }) => sum + length, 0);

/** A disk of TOTAL bytes: a write that has no room fails. */
function smallDisk(all: Map<string, Buffer>): Disk {
  const memory = memoryDisk(all);
  return {
    ...memory,
    space: async () => ({ free: TOTAL - usedIn(all), total: TOTAL }),
    open: async (path, mode) => {
      const file = await memory.open(path, mode);
      return {
        ...file,
        write: async (bytes, position) => {
          const growth = position + bytes.length - (all.get(path)?.length ?? 0);
          if (growth > TOTAL - usedIn(all)) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
          await file.write(bytes, position);
        },
      };
    },
  };
}

const open = () =>
  openStore(disk, 'data', {
    now: () => 1,
    fileBytes: FILE_BYTES,
    hasReserve: true,
    warn: (message) => warnings.push(message),
  });
/** Another program takes all room but so many bytes. */
const leave = (bytes: number) => {
  files.delete('ballast');
  files.set('ballast', Buffer.alloc(TOTAL - usedIn(files) - bytes));
};
const write = (store: LowdbStore, id: string) =>
  store.transact((tx) => tx.saveAccount({ ...person(id), password: 'h'.repeat(1000) }));
/** Time passes until the store looks at its volume again. */
const later = async (store: LowdbStore) => {
  now += 11_000;
  store.isFull();
  await store.isWritable();
};

it('a store reserves room on its volume, and finds the reserve again at the next start', async () => {
  for (let start = 1; start <= 2; start++) {
    const store = await open();
    expect([files.get('data/reserve')?.length, store.isFull()]).toEqual([reserveBytes(TOTAL), false]);
    await store.close();
  }
  // A file system may compress what repeats.
  expect(new Set(files.get('data/reserve')).size).toBe(256);
});

it('a volume is full below its floor, and not any more once there is a quarter more', async () => {
  const store = await open();
  leave(floorBytes(TOTAL) - 1);
  await later(store);
  expect([store.isFull(), await store.isWritable()]).toEqual([true, false]);
  expect(files.has('data/reserve')).toBe(true);
  leave(floorBytes(TOTAL) * 1.2);
  await later(store);
  expect(store.isFull()).toBe(true);
  leave(floorBytes(TOTAL) * 1.3);
  await later(store);
  expect([store.isFull(), await store.isWritable()]).toEqual([false, true]);
  expect(warnings).toHaveLength(2);
  await store.close();
});

it('on a volume without a free byte a store still commits more changes than its files hold, also after a restart, and reserves room again later', async () => {
  let store = await open();
  let written = 0;
  const writeMany = async (count: number) => {
    for (let n = 0; n < count; n++) await write(store, `orang-${++written}`);
  };
  await writeMany(40);
  leave(0);
  // More than the file in use and the spare one hold.
  await writeMany(150);
  expect([store.isFull(), files.has('data/reserve')]).toEqual([true, false]);
  await store.close();
  store = await open();
  expect([store.accountCount(), store.isFull()]).toEqual([written, true]);
  await writeMany(5);

  files.delete('ballast');
  await later(store);
  expect([store.isFull(), files.get('data/reserve')?.length]).toEqual([false, reserveBytes(TOTAL)]);
  await store.close();
  store = await open();
  expect(store.accountCount()).toBe(written);
  await store.close();
});

it('a change that finds no room at all is refused and nothing of it is stored', async () => {
  const store = await open();
  await write(store, 'ani');
  leave(0);
  let refusal: unknown;
  for (let n = 0; !refusal; n++)
    await write(store, `orang-${n}`).catch((error: unknown) => {
      refusal = error;
    });
  expect(refusal).toMatchObject({ code: 'DISK_FULL' });
  const count = store.accountCount();
  files.delete('ballast');
  await write(store, 'budi');
  await store.close();
  const reopened = await open();
  expect(reopened.accountCount()).toBe(count + 1);
  await reopened.close();
});
