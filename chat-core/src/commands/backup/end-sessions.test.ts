import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { person } from '../../storage/contract/rig.ts';
import { openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { storageKeyOf } from '../../storage/lowdb/storage-key.ts';
import { endSessions } from './end-sessions.ts';

const key = storageKeyOf(Buffer.alloc(32, 1), true);
const device = (id: string) => ({ id, name: 'HP', createdAt: 1, lastSeenAt: 1 });
let folder: string;
const open = () => openLowdbStore(folder, { now: Date.now, key });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-sessions-'));
  const store = await open();
  await store.transact(async (tx) => {
    await tx.saveAccount({ ...person('ani'), devices: [device('a'), device('b')], tokenVersion: 3 });
    await tx.saveAccount({ ...person('budi'), devices: [device('c')] });
    await tx.saveAccount(person('citra'));
  });
  await store.close();
});
afterEach(() => rm(folder, { recursive: true }));

async function accounts() {
  const store = await open();
  const all = await Promise.all(['ani', 'budi', 'citra'].map((id) => store.account(id)));
  await store.close();
  return all.map((one) => [one?.devices.length, one?.tokenVersion, one?.suspended]);
}

it('all sessions end, and tokens of before are of an older version', async () => {
  const ended = await endSessions(folder, key, { suspended: new Set(), areKept: false });
  expect(ended).toMatchObject({ sessions: 3, suspended: 0 });
  expect(await accounts()).toEqual([
    [0, 4, undefined],
    [0, 1, undefined],
    [0, 0, undefined],
  ]);
  const again = await endSessions(folder, key, { suspended: new Set(), areKept: false });
  expect(again).toEqual({ sessions: 0, suspended: 0, revision: ended.revision });
});

it('who was suspended since stays so, also where the sessions of the others are kept', async () => {
  const suspended = new Set(['budi', 'citra', 'somewhere-else']);
  const ended = await endSessions(folder, key, { suspended, areKept: true });
  expect(ended).toMatchObject({ sessions: 1, suspended: 2 });
  expect(await accounts()).toEqual([
    [2, 3, undefined],
    [0, 1, true],
    [0, 1, true],
  ]);
});
