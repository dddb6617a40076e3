import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileInput, storeMessageWith } from '../../../test/support/attachments.ts';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { messageBinding } from '../../cipher/binding.ts';
import { person } from '../../storage/contract/rig.ts';
import { memoryDisk } from '../../storage/lowdb/disk/memory-disk.ts';
import { openMemoryStore, openStore } from '../../storage/lowdb/lowdb-store.ts';
import { AttachmentFolder } from '../../storage/lowdb/pages/attachment-folder.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import type { Store, StoredMessage } from '../../storage/store.ts';
import { openedParts } from '../attachment-bytes.ts';
import { applyImport } from './apply-import.ts';
import { FileSource } from './import-files.ts';
import { planImport } from './import-plan.ts';
import { needOf, roomForImport } from './import-room.ts';
import { readSeedFile } from './seed-file.ts';
import { filesFolder, writeExport } from './write-export.ts';

const uuid = (n: number) => `550e8400-e29b-41d4-a716-44665544${String(n).padStart(4, '0')}`;
const [ANI, BUDI, CONVERSATION] = [uuid(1), uuid(2), uuid(3)];
const [FIRST, LAST] = [uuid(10), uuid(12)];
const LARGE = randomBytes(700_000);

type Chat = { id: string; content: string; attachments?: { path?: string; name?: string; size: number }[] };

let folder: string;
let file: string;
let disk: ReturnType<typeof memoryDisk>;
let cipher: ReturnType<typeof fakeCipher>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-files-'));
  file = join(folder, 'db.json');
  [disk, cipher] = [memoryDisk(), fakeCipher()];
  const store = await openStore(disk, 'box', { now: () => 1_700_000_000_000, groupCommitMs: 0 });
  await store.transact(async (tx) => {
    for (const id of [ANI, BUDI]) await tx.saveAccount(person(id, `orang${id.at(-1)}`));
    await tx.befriend(ANI, BUDI, CONVERSATION);
  });
  const picture = (id: string, name: string, bytes: Buffer) => ({ id, name, bytes, type: 'image/jpeg' });
  const send = (text: string, ...files: FileInput[]) =>
    storeMessageWith({ store, cipher }, { conversationId: CONVERSATION, senderId: ANI }, files, text);
  await send(
    'dua berkas',
    picture(FIRST, 'nul', LARGE),
    picture(uuid(11), 'Jadwal ronda.pdf', Buffer.from('kecil')),
  );
  await send('teks saja');
  await send('', picture(LAST, '../Foto\u202e liburan.jpg', randomBytes(65_536)));
  await store.close();
});
afterEach(() => rm(folder, { recursive: true }));

async function exportTo(path: string, isPlain: boolean, options = {}) {
  const files = new AttachmentFolder(disk, 'box/attachments');
  const from = await openReadOnly('box', disk);
  return writeExport(
    from,
    path,
    { cipher: isPlain ? cipher : undefined, replace: false, files, ...options },
    () => {},
  );
}

async function importFrom(store: Store, path: string) {
  const plan = await planImport(readSeedFile(await readFile(path, 'utf8')), store, undefined);
  const files = new FileSource(folder);
  const planned = await files.count(plan);
  await applyImport(plan, { store, cipher, files }, () => {});
  return { ...planned, damaged: files.damaged, stored: plan.rows };
}

const messagesIn = (store: Store) => store.messages(CONVERSATION, { limit: 99 });
/** What a reader gets of the files of a message: name, type and all bytes, undefined where they are missing. */
async function filesOf(store: Store, row: StoredMessage | undefined) {
  const { conversationId, senderId, attachments = [] } = row ?? ({} as StoredMessage);
  return Promise.all(
    attachments.map(async (one) => {
      const binding = { fileId: one.id, conversationId, senderId };
      const [metadata = '{}'] = await cipher.openMany([{ sealed: one.metadata, binding }]);
      const ref = { conversationId, id: one.id };
      if (!(await store.files.isFinished(ref))) return { ...JSON.parse(metadata), bytes: undefined };
      const read = (offset: number, length: number) => store.files.read(ref, offset, length);
      const parts: Buffer[] = [];
      for await (const part of openedParts(cipher, { ...one, conversationId, senderId }, read))
        parts.push(part);
      return { ...JSON.parse(metadata), bytes: Buffer.concat(parts) };
    }),
  );
}

describe.each([
  ['sealed', false],
  ['readable', true],
])('a %s export with files', (kind, isPlain) => {
  it(`a ${kind} export and an import on another box bring every file back, under its name, and a repeat stores nothing`, async () => {
    expect(await exportTo(file, isPlain)).toMatchObject({ messages: 3, files: 3, missing: 0 });
    const other = await openMemoryStore(() => 1, { groupCommitMs: 0 });
    expect(await importFrom(other, file)).toMatchObject({ found: 3, missing: 0, damaged: 0 });
    const rows = await messagesIn(other);
    const [first = [], second, third = []] = await Promise.all(rows.map((row) => filesOf(other, row)));
    expect(first[0].bytes.equals(LARGE)).toBe(true);
    expect(first.map(({ name, type }) => [name, type])).toEqual([
      ['nul', 'image/jpeg'],
      ['Jadwal ronda.pdf', 'image/jpeg'],
    ]);
    expect([second, third.map(({ name, bytes }) => [name, bytes.length])]).toEqual([
      [],
      [['Foto liburan.jpg', 65_536]],
    ]);
    expect(other.totalUsage(ANI)).toEqual({ bytes: LARGE.length + 5 + 65_536, files: 3 });
    expect(other.uploads()).toEqual([]);
    const revision = other.revision();
    expect(await importFrom(other, file)).toMatchObject({ found: 0, missing: 0 });
    expect(other.revision()).toBe(revision);
    await other.close();
  });
});

describe('the files of an export', () => {
  it('a readable export has the opened bytes of each file in a folder beside it, under a harmless name, for its owner alone', async () => {
    await exportTo(file, true);
    const { chats } = JSON.parse(await readFile(file, 'utf8')) as { chats: Chat[] };
    const paths = chats.flatMap(({ attachments = [] }) => attachments.map(({ path }) => path));
    expect(paths).toEqual([
      `db.files/${CONVERSATION}/1-1-nul`,
      `db.files/${CONVERSATION}/1-2-Jadwal ronda.pdf`,
      `db.files/${CONVERSATION}/3-1-.._Foto_ liburan.jpg`,
    ]);
    expect((await readFile(join(folder, paths[0] ?? ''))).equals(LARGE)).toBe(true);
    expect((await stat(join(folder, paths[0] ?? ''))).mode & 0o777).toBe(0o600);
    expect(chats[0]?.attachments?.[1]).toMatchObject({ name: 'Jadwal ronda.pdf', size: 5 });
  });

  it('a sealed export has neither names nor readable bytes', async () => {
    await exportTo(file, false);
    const names = await readdir(filesFolder(file), { recursive: true });
    expect(names.sort()).toEqual([
      CONVERSATION,
      ...['1-1', '1-2', '3-1'].map((name) => join(CONVERSATION, `${name}.sealed`)),
    ]);
    const bytes = await readFile(join(filesFolder(file), CONVERSATION, '1-1.sealed'));
    const stored = await disk.read(`box/attachments/${CONVERSATION}/${FIRST}`);
    expect(stored && bytes.equals(stored)).toBe(true);
  });

  it('an export replaces a folder of files only with --force, and without files or after an error leaves none', async () => {
    await mkdir(filesFolder(file));
    await writeFile(join(filesFolder(file), 'other'), 'older');
    await expect(exportTo(file, true)).rejects.toThrow('--force');
    expect((await readdir(folder)).sort()).toEqual(['db.files']);
    const stopped = { replace: true, signal: AbortSignal.abort() };
    await expect(exportTo(file, true, stopped)).rejects.toThrow('no file was written');
    expect(await readdir(filesFolder(file))).toEqual(['other']);
    await exportTo(file, true, { replace: true });
    expect(await readdir(filesFolder(file))).toEqual([CONVERSATION]);
    expect((await readdir(folder)).sort()).toEqual(['db.files', 'db.json']);
    await exportTo(join(folder, 'b.json'), true, { files: undefined });
    expect((await readdir(folder)).sort()).toEqual(['b.json', 'db.files', 'db.json']);
  });

  it('a file whose bytes are missing or altered is counted, and its message is exported with its name', async () => {
    await disk.remove(`box/attachments/${CONVERSATION}/${FIRST}`);
    const path = `box/attachments/${CONVERSATION}/${LAST}`;
    const altered = Buffer.from((await disk.read(path)) ?? '');
    altered.writeUInt8(altered.readUInt8(0) ^ 1, 0);
    const handle = await disk.open(path, 'create');
    await handle.write(altered, 0);
    await handle.close();
    expect(await exportTo(file, true)).toMatchObject({ messages: 3, files: 1, missing: 2 });
    const { chats } = JSON.parse(await readFile(file, 'utf8')) as { chats: Chat[] };
    expect(chats[0]?.attachments?.map(({ name, path: own }) => [name, own === undefined])).toEqual([
      ['nul', true],
      ['Jadwal ronda.pdf', false],
    ]);
  });
});

describe('an import of files', () => {
  let other: Store;
  beforeEach(async () => {
    await exportTo(file, true);
    other = await openMemoryStore(() => 1, { groupCommitMs: 0 });
  });
  afterEach(() => other.close());
  const rewrite = async (change: (chats: Chat[]) => void) => {
    const whole = JSON.parse(await readFile(file, 'utf8'));
    change(whole.chats);
    await writeFile(file, JSON.stringify(whole));
  };
  const rewritePath = (path: string) =>
    rewrite(([first]) => {
      if (first?.attachments?.[0]) first.attachments[0].path = path;
    });

  it('a file that is missing, too long or a link is shown as missing, and the text and other files are imported', async () => {
    const [large, small] = ['1-1-nul', '1-2-Jadwal ronda.pdf'].map((name) =>
      join(filesFolder(file), CONVERSATION, name),
    ) as [string, string];
    await rename(large, join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), large);
    await writeFile(small, 'kecil!');
    expect(await importFrom(other, file)).toMatchObject({ found: 1, missing: 2 });
    const [row] = await messagesIn(other);
    expect(row?.attachments?.map(({ lost }) => lost)).toEqual([true, true]);
    expect((await filesOf(other, row)).map(({ name, bytes }) => [name, bytes])).toEqual([
      ['nul', undefined],
      ['Jadwal ronda.pdf', undefined],
    ]);
    const sealed = row && {
      sealed: { v: row.v, kid: row.kid, content: row.content },
      binding: messageBinding(row),
    };
    expect(await cipher.openMany(sealed ? [sealed] : [])).toEqual(['dua berkas']);
  });

  it('an export that names a file outside its folder of files is refused before anything is stored', async () => {
    for (const path of [
      '/etc/passwd',
      '../secret',
      'db.files/../../secret',
      'db.files/./a',
      'db.files//a',
      'secret',
      '.ssh/id_rsa',
      'other/secret',
      'db.files\\..\\secret',
      'C:/secret.files/a',
      'db.files/a/b/c',
      'db.files/\0',
    ]) {
      await rewritePath(path);
      await expect(importFrom(other, file), path).rejects.toThrow('outside its folder of files');
    }
    expect(other.revision()).toBe(0);
    // The premise: the path is what is refused.
    await rewritePath('db.files/nowhere');
    expect(await importFrom(other, file)).toMatchObject({ found: 2, missing: 1 });
  });

  it('a folder of files that is a link to another place is not followed', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'bisik-elsewhere-'));
    await writeFile(join(elsewhere, 'secret'), LARGE);
    await symlink(elsewhere, join(folder, 'link.files'));
    await rewritePath('link.files/secret');
    expect(await importFrom(other, file)).toMatchObject({ found: 2, missing: 1 });
    await rm(elsewhere, { recursive: true });
  });

  it('an import that was interrupted while it stored files is continued by the next, and leaves no upload', async () => {
    const { sealChunks } = cipher;
    let parts = 0;
    cipher.sealChunks = (...args) => {
      parts += 1;
      if (parts > 2) throw new Error('away');
      return sealChunks(...args);
    };
    await expect(importFrom(other, file)).rejects.toThrow('away');
    // The premise: bytes of a file were stored, and no message.
    const [upload] = other.uploads();
    expect(upload && (await other.files.size(upload))).toBeGreaterThan(500_000);
    expect(await messagesIn(other)).toEqual([]);
    cipher.sealChunks = sealChunks;
    await other.transact(async (tx) => {
      const { id, conversationId } = upload ?? { id: '', conversationId: '' };
      await tx.saveUpload({ id, conversationId, state: 'discarded' });
    });
    expect(await importFrom(other, file)).toMatchObject({ found: 3, damaged: 0 });
    const [row] = await messagesIn(other);
    const [first] = await filesOf(other, row);
    expect([first.bytes.equals(LARGE), other.uploads()]).toEqual([true, []]);
  });

  it('an import whose files need more room than the disk may give is refused in a sentence, also where many messages name one file', async () => {
    const seed = JSON.parse(await readFile(file, 'utf8')) as { chats: Chat[] };
    const [first] = seed.chats;
    const copies = Array.from({ length: 200 }, (_, n) => ({ ...first, id: uuid(1000 + n), seq: n + 1 }));
    const planOf = async (chats: object[]) => {
      const plan = await planImport(readSeedFile(JSON.stringify({ ...seed, chats })), other, undefined);
      return { plan, files: await new FileSource(folder).count(plan) };
    };
    const free = 380 * 2 ** 20;
    const requireRoom = async ({ plan, files }: Awaited<ReturnType<typeof planOf>>, freeFiles = 1000) => {
      const room = roomForImport(files, async () => ({ free, total: 2 ** 32, freeFiles }));
      await room.require([needOf(plan, files, folder)]);
    };
    await requireRoom(await planOf(seed.chats));
    // The premise: one file that 200 messages name is stored 200 times.
    const many = await planOf(copies);
    expect([many.files.found, many.files.bytes > 200 * LARGE.length]).toEqual([400, true]);
    await expect(requireRoom(many)).rejects.toThrow(
      /^The import needs 1\d\d MB in .+, and the disk has 124 MB for it, beside 256 MB that must stay free: make room, or say --without-attachments\.$/,
    );
    await expect(requireRoom(await planOf(copies.slice(0, 50)), 100)).rejects.toThrow(
      /needs 10\d files in .+, and the disk can hold 100 more/,
    );
  });
});
