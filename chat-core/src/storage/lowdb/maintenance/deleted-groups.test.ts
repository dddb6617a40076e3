import { randomBytes } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { groupOf, member, message, person } from '../../contract/rig.ts';
import type { GroupConversation } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { memoryDisk } from '../disk/memory-disk.ts';
import { type LowdbStore, openStore } from '../lowdb-store.ts';
import { scanFolder } from '../repair/integrity-scan.ts';

const HOUR = 3_600_000;
const TIME = 1_700_000_000_000;

let disk: Disk;
let store: LowdbStore;
let alarms: { work: () => void; ms: number }[];
let contents: string[];

const openOn = async (on: Disk): Promise<LowdbStore> => {
  alarms = [];
  return openStore(on, 'data', {
    now: () => TIME,
    fileBytes: 16 * 1024,
    schedule: (work, ms) => {
      const alarm = { work, ms };
      alarms.push(alarm);
      return () => alarms.splice(alarms.indexOf(alarm), 1);
    },
  });
};
const sealed = (text: string) => {
  const content = `${text} ${randomBytes(60).toString('base64')}`;
  contents.push(content);
  return content;
};
const send = (conversationId: string) =>
  store.transact((tx) =>
    tx.appendMessage({
      ...message(randomBytes(8).toString('hex'), conversationId, 'ani'),
      content: sealed('text'),
    }),
  );
const deleteGroup = () =>
  store.transact(async (tx) => {
    const { group } = (await tx.conversation('g')) as GroupConversation;
    const { picture: _, ...rest } = group;
    await tx.saveGroup('g', { ...rest, members: [], name: { ...rest.name, content: '' } });
  });

/** The files that contain one of the texts of the group. */
async function filesWithContents(on: Disk = disk): Promise<string[]> {
  const found: string[] = [];
  const search = async (folder: string): Promise<void> => {
    for (const name of await on.list(folder)) {
      const path = `${folder}/${name}`;
      const bytes = await on.read(path);
      if (!bytes) await search(path);
      else if (contents.some((content) => bytes.includes(content))) found.push(path);
    }
  };
  await search('data');
  return found;
}

async function copyOf(from: Disk): Promise<Disk> {
  const copy = memoryDisk();
  const add = async (folder: string): Promise<void> => {
    for (const name of await from.list(folder)) {
      const path = `${folder}/${name}`;
      const bytes = await from.read(path);
      if (!bytes) await add(path);
      else await (await copy.open(path, 'create')).write(bytes, 0);
    }
  };
  await add('data');
  return copy;
}

/** A group with a picture and messages in pages and in the journal, beside a conversation of two. */
beforeEach(async () => {
  contents = [];
  disk = memoryDisk();
  store = await openOn(disk);
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
    const picture = {
      userId: 'g',
      id: 'p',
      edit: 1,
      pieces: [{ v: 1 as const, kid: 'k1', content: sealed('picture') }],
    };
    await tx.saveGroup(
      'g',
      groupOf([member('ani'), member('budi')], { picture: { id: 'p', edit: 1 } }),
      picture,
    );
  });
  for (let n = 0; n < 150; n++) await send('g');
  await store.checkpoint('all');
  for (let n = 0; n < 20; n++) await send('g');
  // The premise: pages, journal and a picture contain it.
  const kinds = new Set((await filesWithContents()).map((path) => path.split('/')[1]));
  expect([...kinds].sort()).toEqual(['journal', 'messages', 'pictures']);
});

it('messages and picture of a deleted group are in no file after the next checkpoint, and verify accepts that', async () => {
  await deleteGroup();
  expect(alarms.map(({ ms }) => ms)).toEqual([HOUR]);
  await store.checkpoint();
  expect(await filesWithContents()).toEqual([]);
  expect([await disk.list('data/messages/g'), await disk.list('data/pictures')]).toEqual([[], []]);
  await store.close();
  expect((await scanFolder(disk, 'data')).faults).toEqual([]);
  store = await openOn(disk);
  expect(alarms).toEqual([]);
  expect(await store.conversation('g')).toMatchObject({ members: [], lastSeq: 0 });
  await store.close();
});

it('a deleted group is erased within the hour by a checkpoint that the store starts itself', async () => {
  await deleteGroup();
  for (const { work } of alarms.splice(0)) work();
  await expect.poll(() => filesWithContents()).toEqual([]);
  await store.close();
});

it('a deleted group stays on the disk as long as a backup holds the files, and is erased when the hold ends', async () => {
  await deleteGroup();
  const hold = await store.hold();
  const checkpoint = store.checkpoint();
  const held = await filesWithContents();
  expect(held).toContain('data/messages/g/0001.json');
  // The backup, restored: the group is deleted there too, and erased soon.
  const restored = await openOn(await copyOf(disk));
  expect(await restored.conversationsOf('ani')).toMatchObject([{ id: 'ani-budi' }]);
  expect(alarms.map(({ ms }) => ms)).toEqual([HOUR]);
  await restored.close();
  hold.release();
  await checkpoint;
  expect(await filesWithContents()).toEqual([]);
  await store.close();
});

it('a process that is killed at any moment while it erases a deleted group erases it after the next start', async () => {
  await deleteGroup();
  await store.close();
  let kills = 0;
  let partial = 0;
  for (let last = 1; ; last++) {
    const own = await copyOf(disk);
    let operations = 0;
    const step = () => {
      operations += 1;
      if (operations > last) throw Object.assign(new Error('killed'), { code: 'EIO' });
    };
    const before = await openOn({
      ...own,
      open: async (path, mode) => {
        const file = await own.open(path, mode);
        return {
          ...file,
          write: async (bytes, position) => {
            step();
            await file.write(bytes, position);
          },
        };
      },
      rename: async (from, to) => {
        step();
        await own.rename(from, to);
      },
      remove: async (path) => {
        step();
        await own.remove(path);
      },
    }).catch(() => undefined);
    const wasKilled = !(await before?.checkpoint().then(
      () => true,
      () => false,
    ));
    const found = await copyOf(own);
    await before?.close().catch(() => {});
    if (!wasKilled) break;
    kills += 1;
    const left = await filesWithContents(found);
    if (left.length > 0 && !left.includes('data/messages/g/0001.json')) partial += 1;
    expect((await scanFolder(found, 'data')).faults).toEqual([]);
    const after = await openOn(found);
    expect(await after.conversation('g')).toMatchObject({ members: [], lastSeq: 0 });
    expect(await after.conversationsOf('budi')).toMatchObject([{ id: 'ani-budi' }]);
    if (left.length > 0) expect(alarms.map(({ ms }) => ms)).toEqual([HOUR]);
    await after.checkpoint();
    expect(await filesWithContents(found)).toEqual([]);
    await after.close();
  }
  expect(kills).toBeGreaterThan(12);
  expect(partial).toBeGreaterThan(1);
});

it('a group that is deleted while a checkpoint writes its page stays deleted, and the page is erased', async () => {
  await store.close();
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const slow: Disk = {
    ...disk,
    open: async (path, mode) => {
      if (path === 'data/messages/g/0002.json.tmp') {
        reached.resolve();
        await gate.promise;
      }
      return disk.open(path, mode);
    },
  };
  store = await openOn(slow);
  const checkpoint = store.checkpoint('all');
  await reached.promise;
  await deleteGroup();
  gate.resolve();
  await checkpoint;
  expect(await filesWithContents()).toContain('data/messages/g/0002.json');
  await store.close();
  store = await openOn(disk);
  expect(await store.conversation('g')).toMatchObject({ members: [], lastSeq: 0 });
  await store.checkpoint();
  expect(await filesWithContents()).toEqual([]);
  await store.close();
  expect((await scanFolder(disk, 'data')).faults).toEqual([]);
});

it('a read of a page that is erased during the read finds no message, and no damage', async () => {
  await store.close();
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let isHeld = false;
  const slow: Disk = {
    ...disk,
    read: async (path) => {
      if (path === 'data/messages/g/0001.json' && !isHeld) {
        isHeld = true;
        reached.resolve();
        await gate.promise;
      }
      return disk.read(path);
    },
  };
  store = await openOn(slow);
  const [reading, changed] = [
    store.messages('g', { before: 3, limit: 9 }),
    store.changedMessages('ani', 5, { limit: 9 }),
  ];
  await reached.promise;
  await deleteGroup();
  await store.checkpoint();
  gate.resolve();
  expect([await reading, await changed]).toEqual([[], []]);
  expect(await store.messages('g', { limit: 9 })).toEqual([]);
  expect(await filesWithContents()).toEqual([]);
  await store.close();
});

it('the files of a deleted group whose messages were never in pages are removed after a restart too', async () => {
  const ref = { conversationId: 'h', id: 'f' };
  const key = { v: 1 as const, kid: 'k1', content: sealed('key') };
  await store.files.write(ref, 0, Buffer.from(sealed('file')));
  await store.files.finish(ref);
  await store.transact(async (tx) => {
    await tx.saveGroup('h', groupOf([member('ani')]));
    await tx.saveUpload({ ...ref, state: 'open', userId: 'ani', createdAt: 1, size: 9, key, metadata: key });
    const attachments = [{ id: 'f', size: 9, key, metadata: key }];
    await tx.appendMessage({ ...message('with a file', 'h', 'ani'), attachments });
  });
  await store.transact((tx) => tx.saveGroup('h', groupOf([])));
  await store.close();
  expect(await filesWithContents()).toContain('data/attachments/h/f');
  store = await openOn(disk);
  expect(alarms.map(({ ms }) => ms)).toEqual([HOUR]);
  await store.checkpoint();
  expect(await disk.list('data/attachments/h')).toEqual([]);
  await store.close();
  store = await openOn(disk);
  expect([alarms, store.totalUsage()]).toEqual([[], { bytes: 0, files: 0 }]);
  await store.close();
});
