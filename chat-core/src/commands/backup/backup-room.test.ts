import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeMessageWith } from '../../../test/support/attachments.ts';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { writeBackupFolder } from './backup-folder.ts';
import { parseManifest } from './manifest.ts';
import { createRecoveryKey, encryptFor, readRecipient } from './recovery-key.ts';
import { checkBackup, restoreBackup } from './restore-backup.ts';
import { type BackupInput, writeBackupFile } from './write-backup.ts';

const MB = 2 ** 20;
/** A volume that keeps an eighth free for the box. */
const TOTAL = 16 * MB;
const KEPT = TOTAL / 8;

let folder: string;
let file: string;
let input: BackupInput;
let identity: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-room-'));
  file = join(folder, 'box.age');
  input = { dataDir: join(folder, 'data'), keysDir: join(folder, 'keys'), recipient: '' };
  for (const part of ['cipher', 'core']) await mkdir(join(input.keysDir, part), { recursive: true });
  await writeFile(join(input.keysDir, 'cipher', 'keyring.json'), '{"keys":[]}');
  await writeFile(join(input.keysDir, 'core', 'token.key'), 'token');
  await writeFile(join(input.keysDir, 'core', 'storage.key'), Buffer.alloc(32));
  identity = await createRecoveryKey(input.keysDir);
  input.recipient = (await readRecipient(input.keysDir)) ?? '';
  const store = await openLowdbStore(input.dataDir, { now: () => 1, fileBytes: 16 * 1024 });
  const account = { id: 'ani', username: 'ani', password: 'h', contacts: [], tokenVersion: 0, devices: [] };
  await store.transact(async (tx) => {
    await tx.saveAccount(account);
    await tx.saveAccount({ ...account, id: 'budi', username: 'budi' });
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  const author = { conversationId: 'ani-budi', senderId: 'ani' };
  await storeMessageWith({ store, cipher: fakeCipher() }, author, [{ id: 'f', bytes: randomBytes(3 * MB) }]);
  await store.close();
});
afterEach(() => rm(folder, { recursive: true }));

const everything = async () => (await readdir(folder, { recursive: true })).sort();
/** A volume with so many bytes free; `freeFiles` without a limit unless given. */
const volume =
  (free: number, freeFiles = Number.POSITIVE_INFINITY) =>
  async () => ({ free, total: TOTAL, freeFiles });

/** Writes a backup of files that hold zeros, all of one size. @returns the bytes of the archive */
async function forge(names: string[], size: number, end = 1024): Promise<number> {
  const header = (path: string, bytes: number) => {
    const block = new Header({ path, size: bytes, type: 'File', mode: 0o600 });
    block.encode();
    return block.block ?? Buffer.alloc(0);
  };
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)]);
  const files = names.map((name) => ({ name, size, sha256: '0'.repeat(64) }));
  const manifest = Buffer.from(JSON.stringify({ format: 1, created: 0, revision: 0, epoch: 'e', files }));
  const entries = names.flatMap((name) => [header(name, size), padded(Buffer.alloc(size))]);
  const all = [header('manifest.json', manifest.length), padded(manifest), ...entries, Buffer.alloc(end)];
  const sealed = encryptFor(input.recipient)(Readable.from([gzipSync(Buffer.concat(all), { level: 9 })]));
  await writeFile(file, await buffer(Readable.from(sealed)));
  return (await stat(file)).size;
}

/** Restoring and checking fail with this sentence. @returns the most bytes that one of them read */
async function refused(sentence: RegExp, space = volume(TOTAL)): Promise<number> {
  const before = await everything();
  let read = 0;
  const onBytes = (done: number) => {
    read = Math.max(read, done);
  };
  for (const open of [restoreBackup, checkBackup]) {
    await expect(open({ ...input, file, identity, space, onBytes })).rejects.toThrow(sentence);
    expect(await everything()).toEqual(before);
  }
  return read;
}

describe('a restore', () => {
  it('a small backup that unpacks to more than the disk has room for is refused before anything is written', async () => {
    const archive = await forge(['data/meta.json'], 4 * MB);
    // The premise: it is a bomb, which writes all of that where there is room.
    expect(await refused(/not what was put there/)).toBe(4 * MB);
    expect(archive).toBeLessThan((4 * MB) / 100);
    const sentence =
      /^The backup needs 4\.\d MB in .+data, and the disk has 3 MB for it, beside 2 MB that must stay free: make room, or delete what earlier restores set aside \(npm run restore -- --forget\)\.$/;
    expect(await refused(sentence, volume(3 * MB + KEPT))).toBe(0);
  });

  it('a backup of more files than the disk can hold is refused before anything is written', async () => {
    const names = Array.from({ length: 30 }, (_, n) => `data/users/${String(n + 1).padStart(4, '0')}.json`);
    await forge(names, 0);
    await refused(/not what was put there/, volume(TOTAL, 100));
    await refused(/needs 31 files in .+, and the disk can hold 30 more: make room/, volume(TOTAL, 30));
  });

  it('a restore ends, and leaves nothing, when other programs take the room meanwhile', async () => {
    const names = [1, 2, 3].map((n) => `data/attachments/ani-budi/${n}`);
    const big = await backedUp(names.map(() => 5 * MB));
    expect(big).toBeGreaterThan(15 * MB);
    let looks = 0;
    const shrinking = async () => {
      looks += 1;
      return { free: looks === 1 ? 64 * MB : KEPT - 1, total: TOTAL };
    };
    const before = await everything();
    const restoring = restoreBackup({ ...input, file, identity, space: shrinking });
    await expect(restoring).rejects.toThrow(
      /^The backup needs more room in .+, and the disk has 0 MB for it/,
    );
    expect([looks, await everything()]).toEqual([2, before]);
  });

  it('a restore that is refused for want of room makes no folders on a new machine', async () => {
    await writeBackupFile(input, file, { replace: false, onBytes: () => {} });
    const before = await everything();
    const elsewhere = { dataDir: join(folder, 'new', 'data'), keysDir: join(folder, 'new', 'keys') };
    const refusing = restoreBackup({ ...elsewhere, file, identity, space: volume(KEPT) });
    await expect(refusing).rejects.toThrow('make room');
    expect((await everything()).filter((name) => !before.includes(name))).toEqual(['new']);
  });

  it('a backup whose files are larger or have longer names than a box writes is no backup', () => {
    const parse = (name: string, size: number) => {
      const files = [{ name, size, sha256: '0'.repeat(64) }];
      return parseManifest(
        Buffer.from(JSON.stringify({ format: 1, created: 0, revision: 0, epoch: 'e', files })),
      );
    };
    expect(parse(`keys/core/${'a'.repeat(240)}`, 64 * MB).files).toHaveLength(1);
    expect(() => parse(`keys/core/${'a'.repeat(241)}`, 0)).toThrow('This is no backup');
    expect(() => parse('data/meta.json', 64 * MB + 1)).toThrow('This is no backup');
  });

  it('a backup that ends with more zeros than an archive has is refused, and not read to their end', async () => {
    await forge([], 0, 512 * 1024);
    await refused(/The backup opens at revision|damaged|holds no database/);
    await forge([], 0, 2 * MB);
    await refused(/not complete/);
  });
});

/** Makes a backup of messages with files of these sizes. @returns its size */
async function backedUp(sizes: number[]): Promise<number> {
  const store = await openLowdbStore(input.dataDir, { now: () => 1, fileBytes: 16 * 1024 });
  const author = { conversationId: 'ani-budi', senderId: 'ani' };
  for (const size of sizes)
    await storeMessageWith({ store, cipher: fakeCipher() }, author, [{ bytes: randomBytes(size) }]);
  await store.close();
  return (await writeBackupFile(input, file, { replace: false, onBytes: () => {} })).size;
}

describe('a backup', () => {
  it('a backup into a file is refused before it begins where there is no room, and leaves the room of the box', async () => {
    const options = { replace: false, onBytes: () => {} };
    const before = await everything();
    const tight = writeBackupFile(input, file, { ...options, space: volume(2 * MB + KEPT) });
    await expect(tight).rejects.toThrow(
      /^The backup needs 3\.\d MB in .+, and the disk has 2 MB for it, beside 2 MB that must stay free: make room, or write it to another disk\.$/,
    );
    expect(await everything()).toEqual(before);
    await writeBackupFile(input, file, { ...options, space: volume(4 * MB + KEPT) });
    expect((await readFile(file)).length).toBeGreaterThan(3 * MB);
  });

  it('a backup into a folder counts only the files that are not there yet', async () => {
    const target = join(folder, 'backups');
    await mkdir(target);
    const add = (time: number, free: number) =>
      writeBackupFolder(input, target, { onBytes: () => {}, time, space: volume(free + KEPT) });
    await expect(add(1, 2 * MB)).rejects.toThrow(/needs 3\.\d MB in .+, and the disk has 2 MB/);
    expect(await readdir(target, { recursive: true })).toEqual([]);
    await add(2, 4 * MB);
    expect((await add(3, MB)).copied).toBe(0);
  });
});
