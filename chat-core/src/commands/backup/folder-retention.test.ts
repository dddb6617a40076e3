import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { storeMessageWith } from '../../../test/support/attachments.ts';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { type LowdbStore, openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { writeBackupFolder } from './backup-folder.ts';
import { beginBackup, type Pruned, pruneFolder } from './folder-retention.ts';
import { createRecoveryKey, readRecipient } from './recovery-key.ts';
import { checkBackup } from './restore-backup.ts';
import type { BackupInput } from './write-backup.ts';

const DAY_MS = 86_400_000;

let folder: string;
let usb: string;
let input: BackupInput;
let identity: string;
let store: LowdbStore;
let time: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-retention-'));
  usb = join(folder, 'usb');
  await mkdir(usb);
  time = Date.UTC(2026, 0, 1);
  input = { dataDir: join(folder, 'data'), keysDir: join(folder, 'keys'), recipient: '' };
  for (const part of ['cipher', 'core'])
    await mkdir(join(input.keysDir, part), { recursive: true, mode: 0o700 });
  await writeFile(join(input.keysDir, 'cipher', 'keyring.json'), '{"keys":[]}');
  await writeFile(join(input.keysDir, 'core', 'token.key'), 'token');
  await writeFile(join(input.keysDir, 'core', 'storage.key'), Buffer.alloc(32));
  identity = await createRecoveryKey(input.keysDir);
  input.recipient = (await readRecipient(input.keysDir)) ?? '';
  store = await openLowdbStore(input.dataDir, { now: () => 1, fileBytes: 65_536 });
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi'])
      await tx.saveAccount({ id, username: id, password: 'h', contacts: [], tokenVersion: 0, devices: [] });
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const send = (id: string) =>
  storeMessageWith({ store, cipher: fakeCipher() }, { conversationId: 'ani-budi', senderId: 'ani' }, [
    { id, bytes: randomBytes(1000) },
  ]);
const deleteMessage = async (seq: number) => {
  const found = await store.message('ani-budi', seq);
  if (!found) throw new Error('there is no such message');
  const { attachments = [], ...row } = found;
  await store.transact((tx) => tx.changeMessage({ ...row, content: '', deletedAt: 2 }));
  for (const { id } of attachments) await store.files.remove({ conversationId: 'ani-budi', id });
};
/** A backup of the next day. @returns its path */
const backUp = async () => {
  time += DAY_MS;
  return (await writeBackupFolder(input, usb, { onBytes: () => {}, time })).file;
};
const prune = (made: string, keep: number, remove?: (path: string) => Promise<void>): Promise<Pruned> =>
  pruneFolder(usb, { made, recipient: input.recipient, keep, time }, remove);
const namesIn = async (ending: string) => (await readdir(usb)).filter((name) => name.endsWith(ending)).sort();
const sealedFiles = () => readdir(join(usb, 'attachments', 'ani-budi')).catch(() => []);

/** Four backups of four days; message n came on day n, and message 1 was deleted after it. @returns the newest */
async function fourDays(): Promise<string> {
  await send('a');
  await backUp();
  await deleteMessage(1);
  for (const id of ['b', 'c']) {
    await send(id);
    await backUp();
  }
  await deleteMessage(2);
  await send('d');
  return backUp();
}

it('the newest backups of a folder stay, and what only removed ones name goes with them', async () => {
  const made = await fourDays();
  expect([await namesIn('.age'), await sealedFiles()]).toMatchObject([{ length: 4 }, ['a', 'b', 'c', 'd']]);
  expect(await prune(made, 4)).toMatchObject({ backups: [], files: 0 });
  expect(await prune(made, 3)).toMatchObject({
    backups: ['bisik-2026-01-02T00-00-00Z.age'],
    kept: 3,
    files: 1,
  });
  expect([await namesIn('.age'), await namesIn('.files')]).toMatchObject([{ length: 3 }, { length: 3 }]);
  expect(await sealedFiles()).toEqual(['b', 'c', 'd']);
  for (const name of await namesIn('.age'))
    expect(await checkBackup({ ...input, file: join(usb, name), identity })).toMatchObject({ missing: 0 });
  expect(await prune(made, 1)).toMatchObject({ kept: 1, files: 1 });
  expect([await namesIn('.age'), await sealedFiles()]).toEqual([
    ['bisik-2026-01-05T00-00-00Z.age'],
    ['c', 'd'],
  ]);
});

it('the backup that was just made stays, also when a clock that was wrong gave the others later times', async () => {
  await fourDays();
  time = Date.UTC(1970, 0, 1);
  const made = await backUp();
  expect(await prune(made, 1)).toMatchObject({ backups: { length: 4 }, kept: 1 });
  expect(await namesIn('.age')).toEqual(['bisik-1970-01-02T00-00-00Z.age']);
});

it('a removal that is killed after any of its steps leaves only backups that open, and the next one ends it', async () => {
  let steps = 0;
  for (let last = false; !last; steps++) {
    await rm(usb, { recursive: true });
    await mkdir(usb);
    const first = await lastSeq();
    await send(`a${steps}`);
    await backUp();
    await deleteMessage(first + 1);
    await send(`b${steps}`);
    const made = await backUp();
    let left = steps;
    const killed = prune(made, 1, async (path) => {
      if (left-- === 0) throw new Error('killed');
      await realDisk.remove(path);
    });
    last = await killed.then(
      () => true,
      () => false,
    );
    for (const name of await namesIn('.age'))
      expect(await checkBackup({ ...input, file: join(usb, name), identity })).toMatchObject({ missing: 0 });
    await prune(made, 1);
    expect([await namesIn('.age'), await namesIn('.files'), await sealedFiles()]).toMatchObject([
      { length: 1 },
      { length: 1 },
      { length: steps + 1 },
    ]);
  }
  // The backup, its list and its file.
  expect(steps - 1).toBe(3);
});

const lastSeq = async () => (await store.conversation('ani-budi'))?.lastSeq ?? 0;

it('backups for another recovery key stay, with the files that they name', async () => {
  const own = input.recipient;
  await createRecoveryKey(input.keysDir);
  input.recipient = (await readRecipient(input.keysDir)) ?? '';
  await send('a');
  await backUp();
  await deleteMessage(1);
  input.recipient = own;
  const made = await backUp();
  expect(await prune(made, 1)).toMatchObject({ backups: [], files: 0 });
  expect([await namesIn('.age'), await sealedFiles()]).toMatchObject([{ length: 2 }, ['a']]);
});

it.each([
  ['is missing', async (list: string) => rm(list)],
  ['was cut', async (list: string) => writeFile(list, (await readFile(list)).subarray(0, 40))],
  [
    'names less than it did',
    async (list: string) => writeFile(list, (await readFile(list, 'utf8')).replace('ani-budi/a', '')),
  ],
])('no sealed file is removed while the list of a backup %s', async (_, damage) => {
  await send('a');
  const first = await backUp();
  await deleteMessage(1);
  await damage(first.replace('.age', '.files'));
  expect(await prune(await backUp(), 1)).toMatchObject({ backups: [], filesStay: 'unlisted' });
  expect([await namesIn('.age'), await sealedFiles()]).toMatchObject([{ length: 2 }, ['a']]);
});

it('no sealed file is removed while another backup runs, and what an interrupted one left goes later', async () => {
  await send('a');
  await backUp();
  await deleteMessage(1);
  const running = await beginBackup(usb, time + DAY_MS);
  await writeFile(`${running}.unfinished`, 'x');
  const made = await backUp();
  expect(await prune(made, 1)).toMatchObject({ backups: { length: 1 }, filesStay: 'running' });
  expect([await sealedFiles(), await namesIn('.unfinished')]).toMatchObject([['a'], { length: 1 }]);
  time += DAY_MS;
  expect(await prune(made, 1)).toMatchObject({ backups: [], files: 1 });
  expect([await readdir(usb), await sealedFiles()]).toMatchObject([{ length: 3 }, []]);
});

it('two backups of the same second get two names', async () => {
  time = Date.UTC(2026, 0, 1);
  const made = [1, 2].map(() => writeBackupFolder(input, usb, { onBytes: () => {}, time }));
  const files = (await Promise.all(made)).map(({ file }) => file.slice(-14));
  expect(files.sort()).toEqual(['T00-00-00Z.age', 'T00-00-01Z.age']);
});

it('a backup that fails leaves neither its list nor its beginning', async () => {
  await rm(join(input.keysDir, 'cipher'), { recursive: true });
  await expect(backUp()).rejects.toThrow();
  expect(await readdir(usb)).toEqual([]);
});

it('a removal touches no other file, and follows no link', async () => {
  const made = await fourDays();
  const own = join(usb, 'attachments', 'ani-budi');
  await writeFile(join(own, '.hidden'), 'x');
  await writeFile(join(usb, 'bisik.age'), 'x');
  await mkdir(join(folder, 'elsewhere'));
  await writeFile(join(folder, 'elsewhere', 'x'), 'x');
  await symlink(join(folder, 'elsewhere'), join(usb, 'attachments', 'linked'));
  await prune(made, 1);
  expect((await readdir(own)).sort()).toEqual(['.hidden', 'c', 'd']);
  for (const path of [join(usb, 'bisik.age'), join(folder, 'elsewhere', 'x')])
    expect((await stat(path)).size).toBe(1);
});

it('the folder of the box itself takes no backup, which would count its open uploads as left over', async () => {
  await expect(writeBackupFolder(input, input.dataDir, { onBytes: () => {}, time })).rejects.toThrow(
    'is the data of a box',
  );
});
