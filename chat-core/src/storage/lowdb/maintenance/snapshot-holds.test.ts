import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requestHold } from '../control-socket.ts';
import { socketPath } from '../disk/lock.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openLowdbStore, openStore } from '../lowdb-store.ts';

const now = () => 1_700_000_000_000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-hold-'));
});
afterEach(() => rm(folder, { recursive: true }));

const save = (store: LowdbStore, id: string, password = 'h') =>
  store.transact((tx) =>
    tx.saveAccount({ id, username: id, password, contacts: [], tokenVersion: 0, devices: [] }),
  );
const checkpointIn = async (path: string) =>
  JSON.parse(await readFile(join(path, 'meta.json'), 'utf8')).checkpoint.revision;

it('during a hold of another process no page changes while the store continues', async () => {
  const store = await openLowdbStore(folder, { now });
  await save(store, 'ani');
  const held = await requestHold({ folder, key: undefined });
  expect(held?.revision).toBe(1);
  await save(store, 'budi');
  const checkpoint = store.checkpoint();
  await save(store, 'citra');
  expect(store.revision()).toBe(3);
  expect(await checkpointIn(folder)).toBe(0);
  held?.release();
  await checkpoint;
  expect(await checkpointIn(folder)).toBe(3);
  await store.close();
});

it('a hold begins after the running checkpoint', async () => {
  const store = await openLowdbStore(folder, { now });
  await save(store, 'ani');
  const checkpoint = store.checkpoint();
  const hold = await store.hold();
  expect(await checkpointIn(folder)).toBe(1);
  hold.release();
  await checkpoint;
  await store.close();
});

it('a hold postpones checkpoints, of which the most complete one is written once after it', async () => {
  const disk = memoryDisk();
  const store = await openStore(disk, 'data', { now });
  await save(store, 'ani');
  await save(store, 'budi');
  await store.transact(async (tx) => {
    await tx.befriend('ani', 'budi', 'ani-budi');
    const sealed = { content: 'sealed', v: 1 as const, kid: 'k1' };
    await tx.appendMessage({ id: 'm', conversationId: 'ani-budi', senderId: 'ani', timestamp: 1, ...sealed });
  });
  const hold = await store.hold();
  const checkpoints = [store.checkpoint(), store.checkpoint('all'), store.checkpoint()];
  hold.release();
  await Promise.all(checkpoints);
  expect(await disk.list('data/messages/ani-budi')).toEqual(['0001.json']);
  await store.close();
});

it('closing the store ends a hold, also with a silent connection open', async () => {
  const store = await openLowdbStore(folder, { now });
  const held = await requestHold({ folder, key: undefined });
  const silent = connect(socketPath(join(folder, 'lock')));
  await new Promise((resolve) => silent.once('data', resolve));
  await store.close();
  await expect.poll(() => held?.isLost()).toBe(true);
  expect(await readdir(folder)).not.toContain('lock');
  expect(await requestHold({ folder, key: undefined })).toBeUndefined();
});

it('a checkpoint that a hold postpones is written before the store is closed', async () => {
  const store = await openLowdbStore(folder, { now });
  await save(store, 'ani');
  await store.hold();
  const checkpoint = store.checkpoint();
  await store.close();
  expect(await checkpointIn(folder)).toBe(1);
  await checkpoint;
});

it('a journal that exceeds its limit ends a hold, and pages are written again', async () => {
  const disk = memoryDisk();
  const store = await openStore(disk, 'data', { now, fileBytes: 2048 });
  let lost = false;
  await store.hold(() => {
    lost = true;
  });
  for (let n = 0; n < 12; n++) await save(store, `p${n}`, 'x'.repeat(1200));
  // The premise: without the hold a checkpoint would have been written by now.
  const checkpoint = async () => JSON.parse(String(await disk.read('data/meta.json'))).checkpoint.revision;
  expect([lost, await checkpoint()]).toEqual([false, 0]);
  for (let n = 12; n < 24; n++) await save(store, `p${n}`, 'x'.repeat(1200));
  expect(lost).toBe(true);
  await store.checkpoint();
  expect(await checkpoint()).toBe(24);
  await store.close();
});
