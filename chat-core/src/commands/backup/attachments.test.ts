import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeMessageWith } from '../../../test/support/attachments.ts';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { groupOf, member } from '../../storage/contract/rig.ts';
import { type LowdbStore, openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { newestIn, writeBackupFolder } from './backup-folder.ts';
import { createRecoveryKey, encryptFor, readRecipient } from './recovery-key.ts';
import { checkBackup, restoreBackup } from './restore-backup.ts';
import { type BackupInput, writeBackupFile } from './write-backup.ts';

const now = () => 1_700_000_000_000;
const options = { replace: false, onBytes: () => {} };
const LARGE = randomBytes(300_000);

let folder: string;
let input: BackupInput;
let identity: string;
let store: LowdbStore;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-backup-'));
  input = { dataDir: join(folder, 'data'), keysDir: join(folder, 'keys'), recipient: '' };
  file = join(folder, 'box.age');
  for (const part of ['cipher', 'core'])
    await mkdir(join(input.keysDir, part), { recursive: true, mode: 0o700 });
  await writeFile(join(input.keysDir, 'cipher', 'keyring.json'), '{"keys":[]}');
  await writeFile(join(input.keysDir, 'core', 'token.key'), 'token');
  await writeFile(join(input.keysDir, 'core', 'storage.key'), Buffer.alloc(32));
  identity = await createRecoveryKey(input.keysDir);
  input.recipient = (await readRecipient(input.keysDir)) ?? '';
  await reopen();
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

const reopen = async () => {
  store = await openLowdbStore(input.dataDir, { now });
};
const send = (id: string, bytes = Buffer.from(`isi ${id}`), conversationId = 'ani-budi') =>
  storeMessageWith({ store, cipher: fakeCipher() }, { conversationId, senderId: 'ani' }, [{ id, bytes }]);
/** A whole file that no message names. */
async function storeOpenUpload(id: string, lost?: true) {
  const sealed = { v: 1 as const, kid: 'fake', content: '' };
  const ref = { id, conversationId: 'ani-budi' };
  const upload = {
    state: 'open' as const,
    userId: 'ani',
    createdAt: 1,
    size: 9,
    key: sealed,
    metadata: sealed,
  };
  await store.transact((tx) => tx.saveUpload({ ...ref, ...upload, ...(lost && { lost }) }));
  if (lost) return { ...upload, id };
  await store.files.write(ref, 0, Buffer.alloc(32));
  await store.files.finish(ref);
  return { ...upload, id };
}
/** The names of the sealed files in a folder of data or of backups, and all their bytes. */
async function sealedIn(root: string): Promise<Map<string, string>> {
  const names = (await readdir(join(root, 'attachments'), { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const contents = await Promise.all(names.sort().map((name) => readFile(name, 'latin1')));
  return new Map(names.map((name, index) => [name.slice(root.length + 1), contents[index] ?? '']));
}
const deleteMessage = async (seq: number) => {
  const found = await store.message('ani-budi', seq);
  if (!found) throw new Error('there is no such message');
  const { attachments: _, ...row } = found;
  await store.transact((tx) => tx.changeMessage({ ...row, content: '', deletedAt: 2 }));
};
/** Replaces the box by a backup, as on a new machine, and opens it. */
const restore = async (from = file) => {
  await store.close();
  for (const name of await readdir(input.dataDir)) await rm(join(input.dataDir, name), { recursive: true });
  const { manifest } = await restoreBackup({ ...input, file: from, identity });
  await reopen();
  return manifest;
};

describe('a backup in one file', () => {
  it('a restored backup has the files of all messages up to its revision, byte for byte, and no other file', async () => {
    await send('a', LARGE);
    await store.checkpoint('all');
    await send('b');
    await storeOpenUpload('open');
    const before = await sealedIn(input.dataDir);
    before.delete(join('attachments', 'ani-budi', 'open'));
    let newer: Promise<unknown> | undefined;
    const { missing } = await writeBackupFile(input, file, {
      replace: false,
      onBytes: () => {
        newer ??= send('newer');
      },
    });
    await newer;
    expect([missing, before.size]).toEqual([0, 2]);
    // The premise: the newer file was there before the backup ended.
    expect((await sealedIn(input.dataDir)).size).toBe(4);
    expect(await checkBackup({ ...input, file, identity })).toMatchObject({ missing: 0 });
    const { attachments } = await restore();
    expect(attachments?.files).toHaveLength(2);
    expect(await sealedIn(input.dataDir)).toEqual(before);
    expect(store.uploads()).toMatchObject([{ state: 'open', id: 'open' }]);
    expect((await store.messages('ani-budi', { limit: 9 })).map((one) => one.attachments?.[0]?.id)).toEqual([
      'a',
      'b',
    ]);
  });

  it('a file that is deleted while a backup is made is left out, and is neither an error of the backup nor of the restore', async () => {
    await send('a', LARGE);
    await send('b');
    const { missing, manifest } = await writeBackupFile(input, file, {
      replace: false,
      onBytes: () => void store.files.remove({ conversationId: 'ani-budi', id: 'b' }),
    });
    expect([missing, manifest.attachments?.files.length]).toEqual([1, 2]);
    expect(await restore()).toMatchObject({ missing: 1 });
    expect([...(await sealedIn(input.dataDir)).keys()]).toEqual([join('attachments', 'ani-budi', 'a')]);
  });

  it('files that were deleted before a backup, or are known to be lost, are not expected in it', async () => {
    await store.transact((tx) => tx.saveGroup('g', groupOf([member('ani')])));
    await send('a');
    await send('grup', LARGE, 'g');
    await store.checkpoint('all');
    await send('b');
    await deleteMessage(1);
    await deleteMessage(2);
    await store.transact((tx) => tx.saveGroup('g', groupOf([])));
    for (const id of ['a', 'b']) await store.files.remove({ conversationId: 'ani-budi', id });
    const lost = await storeOpenUpload('lost', true);
    const row = { id: 'm', conversationId: 'ani-budi', senderId: 'ani', timestamp: 3, ...lost.metadata };
    await store.transact((tx) => tx.appendMessage({ ...row, attachments: [lost] }));
    const { manifest } = await writeBackupFile(input, file, options);
    expect(manifest.attachments).toEqual({ place: 'archive', files: [] });
  });

  it('a backup of a box with a damaged page has all files of that conversation, for a repair of what it restores', async () => {
    await send('a');
    await send('b', LARGE);
    await store.checkpoint('all');
    await storeOpenUpload('whole');
    // What another program left is no file of the box.
    for (const name of ['.hidden', 'empty'])
      await writeFile(join(input.dataDir, 'attachments', 'ani-budi', name), '');
    const page = join(input.dataDir, 'messages', 'ani-budi', '0001.json');
    await writeFile(page, (await readFile(page, 'utf8')).replace('"seq":1', '"seq":7'));
    const { manifest } = await writeBackupFile(input, file, options);
    expect(manifest.attachments?.files.map(({ name }) => name)).toEqual(
      ['a', 'b', 'whole'].map((id) => `data/attachments/ani-budi/${id}`),
    );
    await restore();
    expect((await sealedIn(input.dataDir)).size).toBe(3);
  });

  it('a backup without files is small, and its messages still name their files after a restore', async () => {
    await send('a', LARGE);
    const whole = await writeBackupFile(input, file, options);
    const small = join(folder, 'small.age');
    const written = await writeBackupFile({ ...input, attachments: 'none' }, small, options);
    expect(whole.size - written.size).toBeGreaterThan(LARGE.length);
    expect((await restore(small)).attachments).toBeUndefined();
    expect(await sealedIn(input.dataDir)).toEqual(new Map());
    expect((await store.message('ani-budi', 1))?.attachments).toMatchObject([{ id: 'a' }]);
    expect(await store.files.read({ conversationId: 'ani-budi', id: 'a' }, 0, 9)).toBeUndefined();
  });

  it('the hold of a backup ends before the files are copied, so that pages are written meanwhile', async () => {
    await send('a', LARGE);
    let written: Promise<void> | undefined;
    let isWritten = false;
    await writeBackupFile(input, file, {
      replace: false,
      onBytes: (done, total) => {
        // The last bytes of the large file are still to come.
        if (total - done < LARGE.length - 1)
          written ??= store.checkpoint('all').then(() => {
            isWritten = true;
          });
      },
      beforeNaming: () => expect.poll(() => isWritten).toBe(true),
    });
    await written;
  });
});

describe('a backup into a folder', () => {
  const target = () => join(folder, 'usb');
  let time = now();
  const backUp = () => {
    time += 1000;
    return writeBackupFolder(input, target(), { onBytes: () => {}, time });
  };
  beforeEach(() => mkdir(target()));

  it('the second backup into a folder copies only the files that are new, and copies one again that is not whole', async () => {
    await send('a', LARGE);
    expect(await backUp()).toMatchObject({ copied: 1, missing: 0 });
    await truncate(join(target(), 'attachments', 'ani-budi', 'a'), 1000);
    await send('b');
    expect(await backUp()).toMatchObject({ copied: 2 });
    expect(await backUp()).toMatchObject({ copied: 0, copiedBytes: 0 });
    expect((await readdir(target())).filter((name) => name.endsWith('.age'))).toHaveLength(3);
    const sealed = await sealedIn(input.dataDir);
    expect(await sealedIn(target())).toEqual(sealed);
    for (const path of await readdir(target(), { recursive: true }))
      expect((await stat(join(target(), path))).mode & 0o077).toBe(0);
    // The database file is small.
    expect((await stat(await newestIn(target()))).size).toBeLessThan(LARGE.length / 10);
    await restore(await newestIn(target()));
    expect(await sealedIn(input.dataDir)).toEqual(sealed);
  });

  it('an older backup of a folder restores also the files that were deleted since', async () => {
    await send('a', LARGE);
    const before = await sealedIn(input.dataDir);
    const { file: older } = await backUp();
    await deleteMessage(1);
    await store.files.remove({ conversationId: 'ani-budi', id: 'a' });
    expect((await backUp()).manifest.attachments?.files).toEqual([]);
    expect(await restore(older)).toMatchObject({ missing: 0 });
    expect(await sealedIn(input.dataDir)).toEqual(before);
  });

  it('a file that is lost from the folder, or became a link, is shown as missing and never followed', async () => {
    for (const id of ['a', 'b', 'c']) await send(id);
    const { file: own } = await backUp();
    const [a, b] = ['a', 'b'].map((id) => join(target(), 'attachments', 'ani-budi', id)) as [string, string];
    await rm(a);
    const { size } = await stat(b);
    await rm(b);
    await writeFile(join(folder, 'secret'), Buffer.alloc(size));
    await symlink(join(folder, 'secret'), b);
    expect(await checkBackup({ ...input, file: own, identity })).toMatchObject({ missing: 2 });
    expect(await restore(own)).toMatchObject({ missing: 2 });
    expect([...(await sealedIn(input.dataDir)).keys()]).toEqual([join('attachments', 'ani-budi', 'c')]);
  });

  it('a folder that is not there, because its medium is not mounted, is refused and not created', async () => {
    await rm(target(), { recursive: true });
    await expect(backUp()).rejects.toThrow(/There is no folder .*usb/);
    expect(await readdir(folder)).not.toContain('usb');
  });
});

describe('a restore of a forged backup', () => {
  const entry = (path: string, text: string) => {
    const header = new Header({ path, size: text.length, type: 'File', mode: 0o600 });
    header.encode();
    const padding = Buffer.alloc((512 - (text.length % 512)) % 512);
    return Buffer.concat([header.block ?? Buffer.alloc(0), Buffer.from(text), padding]);
  };
  it.each<[string, object[], [string, string][], string]>([
    ['a sealed file that it does not list', [], [['data/attachments/c/a', 'x']], 'holds more'],
    [
      'a sealed file of another size',
      [{ name: 'data/attachments/c/a', size: 2 }],
      [['data/attachments/c/a', 'x']],
      'holds more',
    ],
    ['a sealed file outside', [{ name: 'data/attachments/../x', size: 1 }], [], 'no backup'],
    ['a sealed file in a hidden folder', [{ name: 'data/attachments/.c/a', size: 1 }], [], 'no backup'],
    ['an unfinished file', [{ name: 'data/attachments/c/a.part', size: 1 }], [], 'no backup'],
    ['a sealed file twice', [1, 1].map((size) => ({ name: 'data/attachments/c/a', size })), [], 'no backup'],
  ])('a restore of a forged backup with %s replaces nothing', async (_, files, entries, sentence) => {
    const manifest = { format: 2, created: 0, revision: 0, epoch: 'e', files: [] };
    const listed = JSON.stringify({ ...manifest, attachments: { place: 'archive', files } });
    const parts = [entry('manifest.json', listed), ...entries.map((one) => entry(...one))];
    const sealed = encryptFor(input.recipient)(
      Readable.from([gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]))]),
    );
    await writeFile(file, await buffer(Readable.from(sealed)));
    await store.close();
    const before = await readdir(folder, { recursive: true });
    await expect(restoreBackup({ ...input, file, identity })).rejects.toThrow(sentence);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });
});
