import request from 'supertest';
import { afterEach, expect, it, vi } from 'vitest';
import { healthRoutes } from '../src/health.ts';
import { person } from '../src/storage/contract/rig.ts';
import type { Disk } from '../src/storage/lowdb/disk/disk.ts';
import { memoryDisk } from '../src/storage/lowdb/disk/memory-disk.ts';
import { openStore } from '../src/storage/lowdb/lowdb-store.ts';
import { startApp } from './support/app.ts';

afterEach(() => vi.restoreAllMocks());

/** A disk on which every write fails with `code` while it is set. */
function failingDisk(): Disk & { code: string | undefined; writes: number } {
  const memory = memoryDisk();
  const disk = {
    ...memory,
    code: undefined as string | undefined,
    writes: 0,
    open: async (path: string, mode: 'create' | 'update' | 'durable') => {
      const file = await memory.open(path, mode);
      return {
        ...file,
        write: async (bytes: Uint8Array, position: number) => {
          disk.writes += 1;
          if (disk.code) throw Object.assign(new Error(disk.code), { code: disk.code });
          await file.write(bytes, position);
        },
      };
    },
  };
  return disk;
}

it.each([
  ['ENOSPC', 'DISK_FULL'],
  ['EROFS', 'STORAGE_UNAVAILABLE'],
  ['EIO', 'STORAGE_UNAVAILABLE'],
])(
  'a store that fails to write with %s is not writable until it can write again, which it finds by itself',
  async (code, refusal) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const disk = failingDisk();
    const store = await openStore(disk, 'memory', { now: Date.now, fileBytes: 4096 });
    const write = (id: string) => store.transact(async (tx) => tx.saveAccount(person(id)));
    await write('ani');
    expect(await store.isWritable()).toBe(true);

    disk.code = code;
    await expect(write('budi')).rejects.toMatchObject({ code: refusal });
    expect(await store.isWritable()).toBe(false);
    const { writes } = disk;
    for (let n = 0; n < 10; n++) expect(await store.isWritable()).toBe(false);
    expect(disk.writes).toBe(writes);

    disk.code = undefined;
    now += 10_000;
    expect(await store.isWritable()).toBe(true);
    await write('citra');
    expect([await store.account('budi'), (await store.account('citra'))?.id]).toEqual([undefined, 'citra']);
    await store.close();

    const reopened = await openStore(disk, 'memory', { now: Date.now, fileBytes: 4096 });
    expect([reopened.accountCount(), reopened.revision()]).toEqual([2, 2]);
    await reopened.close();
  },
);

it('a store is writable again as soon as a commit succeeds', async () => {
  const disk = failingDisk();
  const store = await openStore(disk, 'memory', { now: Date.now, fileBytes: 4096 });
  const write = (id: string) => store.transact(async (tx) => tx.saveAccount(person(id)));
  disk.code = 'ENOSPC';
  await expect(write('ani')).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(await store.isWritable()).toBe(false);
  disk.code = undefined;
  await write('ani');
  expect(await store.isWritable()).toBe(true);
  await store.close();
});

it('a box is ready while it can seal and write and does not stop, and live in any case', async () => {
  const test = await startApp();
  await request(test.app).get('/health/ready').expect(200, { status: 'ready' });
  await request(test.app).get('/health/live').expect(200, { status: 'live' });
  for (const [isUp, isWritable] of [
    [false, true],
    [true, false],
    [false, false],
  ]) {
    const [live, ready] = healthRoutes(
      { isUp: async () => isUp ?? false },
      { isWritable: async () => isWritable ?? false, isFull: () => false },
      '.',
    );
    await expect(ready?.handle({} as never)).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(await live?.handle({} as never)).toEqual({ status: 'live' });
  }
  const up = { isUp: async () => true };
  const [, stopping] = healthRoutes(
    up,
    { isWritable: async () => true, isFull: () => false },
    '.',
    () => true,
  );
  await expect(stopping?.handle({} as never)).rejects.toMatchObject({ code: 'NOT_READY' });
});
