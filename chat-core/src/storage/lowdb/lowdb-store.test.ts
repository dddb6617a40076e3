import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { durableStoreContract } from '../store.contract.ts';
import type { Account, NewMessage, Store } from '../store.ts';
import type { Disk } from './disk/disk.ts';
import { memoryDisk } from './disk/memory-disk.ts';
import { type LowdbStore, openLowdbStore, openStore } from './lowdb-store.ts';

const now = () => 1_700_000_000_000;
const person = (id: string): Account => ({
  id,
  username: id,
  password: 'h',
  contacts: [],
  tokenVersion: 0,
  devices: [],
});
const message = (n: number, conversationId = 'ani-budi'): NewMessage => ({
  id: `${conversationId} ${n}`,
  conversationId,
  senderId: 'ani',
  content: `sealed ${n}`.padEnd(120, '.'),
  timestamp: n,
  v: 1,
  kid: 'k1',
});
const send = (store: Store, n: number, conversationId?: string) =>
  store.transact((tx) => tx.appendMessage(message(n, conversationId)));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

async function befriendAni(store: Store, ...friends: string[]): Promise<void> {
  await store.transact(async (tx) => {
    for (const id of ['ani', ...friends]) await tx.saveAccount(person(id));
    for (const id of friends) await tx.befriend('ani', id, `ani-${id}`);
  });
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

durableStoreContract('LowDB in memory', async () => {
  const disk = memoryDisk();
  const open = () => openStore(disk, 'data', { now });
  return { store: await open(), reopen: open, end: async () => {} };
});

durableStoreContract('LowDB on the disk', async () => {
  const own = await mkdtemp(join(tmpdir(), 'bisik-store-'));
  const open = () => openLowdbStore(own, { now });
  let store = await open();
  return {
    store,
    reopen: async () => {
      store = await open();
      return store;
    },
    end: async () => {
      await store.close();
      await rm(own, { recursive: true });
    },
  };
});

describe('histories longer than a page', () => {
  let disk: Disk;
  let store: LowdbStore;
  const open = async (cacheBytes = 64 * 1024) => {
    store = await openStore(disk, 'data', { now, fileBytes: 64 * 1024, cacheBytes });
  };
  const seqs = async (page: { before?: number; limit: number }) =>
    (await store.messages('ani-budi', page)).map(({ seq }) => seq);

  beforeEach(async () => {
    disk = memoryDisk();
    await open();
    await befriendAni(store, 'budi', 'citra');
    for (let n = 1; n <= 1000; n++) await send(store, n);
    await send(store, 1, 'ani-citra');
  });

  it.each([
    'without a checkpoint',
    'after a checkpoint',
    'after a checkpoint and a restart',
    'after a restart alone',
  ])('a history of several pages reads the same %s', async (when) => {
    if (when.includes('checkpoint')) await store.checkpoint();
    if (when.includes('restart')) {
      await store.close();
      await open();
    }
    expect(await seqs({ limit: 50 })).toEqual(range(951, 1000));
    expect(await seqs({ before: 300, limit: 200 })).toEqual(range(100, 299));
    expect(await seqs({ before: 129, limit: 2 })).toEqual([127, 128]);
    expect(await seqs({ before: 2, limit: 9 })).toEqual([1]);
    expect(await store.recentMessage('ani-budi', 'ani-budi 489')).toMatchObject({ seq: 489 });
    expect(await store.recentMessage('ani-budi', 'ani-budi 488')).toBeUndefined();
    const rev = store.revision() - 1 - 700;
    const changed = await store.changedMessages('ani', rev, { limit: 3 });
    expect(changed?.map(({ message: { seq } }) => seq)).toEqual([301, 302, 303]);
    expect((await send(store, 1001)).seq).toBe(1001);
    expect(await seqs({ limit: 1 })).toEqual([1001]);
  });

  it('a checkpoint writes pages of 128 messages as plain JSON', async () => {
    await store.checkpoint();
    const first = JSON.parse(String(await disk.read('data/messages/ani-budi/0001.json')));
    expect(first.messages).toHaveLength(128);
    expect(first.messages[0]).toMatchObject({
      id: 'ani-budi 1',
      senderId: 'ani',
      receiverId: 'budi',
      timestamp: 1,
    });
  });

  it('journal files whose records are in pages are reused', async () => {
    const journals = async () => (await disk.list('data/journal')).filter((name) => /^\d/.test(name));
    const before = await journals();
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 500; n++) await send(store, 2000 + round * 500 + n);
      await store.checkpoint();
    }
    const after = await journals();
    expect(after.at(-1)).not.toBe(before.at(-1));
    // Files with the tail of one conversation and the current file, not the 40 files that have been written.
    expect(after.length).toBeLessThan(20);
    await store.close();
    await open();
    expect(await seqs({ limit: 1 })).toEqual([3500]);
  });
});

it('a running checkpoint neither hides nor repeats messages that are sent and read meanwhile', async () => {
  const store = await openStore(memoryDisk(), 'data', { now, fileBytes: 16 * 1024, cacheBytes: 8 * 1024 });
  await befriendAni(store, 'budi');
  let sent = 0;
  const sending = (async () => {
    for (let n = 1; n <= 1500; n++) {
      await send(store, n);
      sent = n;
      if (n % 100 === 0) void store.checkpoint();
    }
  })();
  while (sent < 1500) {
    const known = sent;
    const read = (await store.messages('ani-budi', { limit: 300 })).map(({ seq }) => seq);
    expect(read).toEqual(range(read[0] ?? 1, read.at(-1) ?? 0));
    expect(read.at(-1) ?? 0).toBeGreaterThanOrEqual(known);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await sending;
});

describe('deferred marks', () => {
  const mark = { conversationId: 'ani-budi', userId: 'budi', delivered: 1, read: 1 };
  const written = async (disk: Disk) => {
    const journal = (await disk.read('data/journal/00000001.jsonl'))?.toString() ?? '';
    return journal.split('"marks"').length - 1;
  };
  const openWith = async (receiptTimes: { dueMs: number; maxDelayMs: number }) => {
    const disk = memoryDisk();
    let syncs = 0;
    const counted: Disk = {
      ...disk,
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        const sync = () => {
          syncs += 1;
          return file.sync();
        };
        return { ...file, sync };
      },
    };
    const store = await openStore(counted, 'data', { now, receiptTimes });
    await befriendAni(store, 'budi');
    await send(store, 1);
    return { disk, store, syncs: () => syncs };
  };

  it('due marks are written with the next commit and cost no write of their own', async () => {
    const { disk, store, syncs } = await openWith({ dueMs: 0, maxDelayMs: 600_000 });
    const before = syncs();
    await store.raiseMark(mark);
    expect([await written(disk), syncs()]).toEqual([0, before]);
    await send(store, 2);
    expect([await written(disk), syncs()]).toEqual([1, before + 1]);
    await send(store, 3);
    expect(await written(disk)).toBe(1);
    await store.close();
  });

  it('marks that are not due yet are not written with each commit', async () => {
    const { disk, store } = await openWith({ dueMs: 600_000, maxDelayMs: 600_000 });
    for (let seq = 1; seq < 9; seq++) {
      await store.raiseMark({ ...mark, delivered: seq, read: seq });
      await send(store, seq + 1);
    }
    expect(await written(disk)).toBe(0);
    await store.close();
    expect(await written(disk)).toBe(1);
  });

  it('marks are written alone after the maximum delay, and are in the page after a checkpoint', async () => {
    const { disk, store } = await openWith({ dueMs: 0, maxDelayMs: 5 });
    await store.raiseMark(mark);
    while ((await written(disk)) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await store.checkpoint();
    const page = JSON.parse((await disk.read('data/conversations/0001.json'))?.toString() ?? '{}');
    expect(page.conversations[0].marks).toEqual([{ userId: 'budi', delivered: 1, read: 1 }]);
    await store.close();
  });
});

it('a checkpoint of all tails also writes the recent ones, though a smaller checkpoint is running', async () => {
  const disk = memoryDisk();
  const store = await openStore(disk, 'data', { now });
  await befriendAni(store, 'budi');
  for (let n = 1; n <= 200; n++) await send(store, n);
  const smaller = store.checkpoint();
  await store.checkpoint('all');
  await smaller;
  const newest = JSON.parse((await disk.read('data/messages/ani-budi/0002.json'))?.toString() ?? '{}');
  expect(newest.messages?.at(-1)?.seq).toBe(200);
});

describe('data folders', () => {
  it('a data folder is accessible to its owner only, and to one process at a time', async () => {
    const store = await openLowdbStore(join(folder, 'data'), { now });
    await befriendAni(store, 'budi');
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'data', 'journal', '00000001.jsonl'))).mode & 0o777).toBe(0o600);
    await expect(openLowdbStore(join(folder, 'data'), { now })).rejects.toThrow('Another process uses');
    await store.close();
  });

  it('a db.json of format 1 is migrated to pages and renamed', async () => {
    const users = ['ani', 'budi'].map((id) => ({ ...person(id), contacts: [id === 'ani' ? 'budi' : 'ani'] }));
    const header = {
      id: 'ani-budi',
      kind: 'direct',
      members: ['ani', 'budi'],
      lastSeq: 300,
      befriendedRev: 3,
      rev: 303,
    };
    const chats = range(1, 300).map((n) => ({ ...message(n), receiverId: 'budi', seq: n, rev: n + 3 }));
    const whole = {
      version: 1,
      epoch: 'e'.repeat(36),
      revision: 303,
      lastCommitAt: 5,
      users,
      conversations: [header],
      chats,
    };
    await writeFile(join(folder, 'db.json'), JSON.stringify(whole));
    for (let start = 0; start < 2; start++) {
      const store = await openLowdbStore(folder, { now });
      expect([store.epoch, store.revision(), store.lastCommitAt()]).toEqual([whole.epoch, 303, 5]);
      expect(await store.messages('ani-budi', { limit: 500 })).toEqual(chats);
      expect((await store.accountByName('budi'))?.contacts).toEqual(['ani']);
      await store.close();
    }
    expect(await readdir(folder)).toContain('db.json.before-pages');
    const store = await openLowdbStore(folder, { now });
    expect((await send(store, 301)).seq).toBe(301);
    await store.close();
  });

  it('a folder with the db.json of the original project or of a newer format is refused and not changed', async () => {
    await writeFile(join(folder, 'db.json'), '{"users":[],"chats":[]}');
    await expect(openLowdbStore(folder, { now })).rejects.toThrow('npm run import');
    await rm(join(folder, 'db.json'));
    await writeFile(join(folder, 'meta.json'), '{"version":99}');
    await expect(openLowdbStore(folder, { now })).rejects.toThrow('format 99');
    expect(await readFile(join(folder, 'meta.json'), 'utf8')).toBe('{"version":99}');
  });

  it.each([2, 3])(
    'a folder of format %i opens with all its rows and is then of format 8',
    async (version) => {
      const before = await openLowdbStore(folder, { now });
      await befriendAni(before, 'budi');
      await send(before, 1);
      await before.checkpoint('all');
      await send(before, 2);
      const { epoch } = before;
      const revision = before.revision();
      await before.close();
      const path = join(folder, 'meta.json');
      const meta = JSON.parse(await readFile(path, 'utf8'));
      await writeFile(path, JSON.stringify({ version, epoch: meta.epoch, checkpoint: meta.checkpoint }));
      await rm(join(folder, 'meta.copy.json'));
      const store = await openLowdbStore(folder, { now });
      expect([store.epoch, store.revision()]).toEqual([epoch, revision]);
      expect((await store.messages('ani-budi', { limit: 5 })).map(({ seq }) => seq)).toEqual([1, 2]);
      await store.close();
      for (const name of ['meta.json', 'meta.copy.json'])
        expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toMatchObject({
          version: 8,
          counts: { users: 2, conversations: 1, invitePages: 0 },
          newestJournal: 1,
        });
    },
  );

  it('a folder without a folder of invites opens with none and stores new ones', async () => {
    let store = await openLowdbStore(folder, { now });
    await befriendAni(store, 'budi');
    await store.checkpoint('all');
    await store.close();
    await rm(join(folder, 'invites'), { recursive: true });
    store = await openLowdbStore(folder, { now });
    expect(await store.invites()).toEqual([]);
    const invite = { id: 'i', hash: 'h', uses: 1, used: 0, createdAt: 1, expiresAt: 9 };
    await store.transact((tx) => tx.saveInvite(invite));
    await store.checkpoint('all');
    await store.close();
    const page = new Low<unknown>(new JSONFile(join(folder, 'invites', '0001.json')), {});
    await page.read();
    expect(page.data).toMatchObject({ invites: [invite] });
  });

  it('a folder with data but without meta.json and its copy is refused', async () => {
    const store = await openLowdbStore(folder, { now });
    await befriendAni(store, 'budi');
    await store.close();
    for (const name of ['meta.json', 'meta.copy.json']) await rm(join(folder, name));
    await expect(openLowdbStore(folder, { now })).rejects.toThrow('meta.json is damaged');
  });
});

it('concurrent writes without a single writer lose messages, as in the original project (flaw O5)', async () => {
  // The original does this for each send: it reads the whole file, appends to it and writes it.
  const path = join(folder, 'db.json');
  await writeFile(path, '[]');
  const db = new Low<number[]>(new JSONFile(path), []);
  const append = async (id: number) => {
    await db.read();
    db.data.push(id);
    await db.write();
  };
  await Promise.all(Array.from({ length: 60 }, (_, id) => append(id)));
  expect(JSON.parse(await readFile(path, 'utf8')).length).toBeLessThan(60);
});
