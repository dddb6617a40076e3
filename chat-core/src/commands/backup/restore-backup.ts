import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { v4 as uuid } from 'uuid';
import { prepareDataFolder } from '../../storage/lowdb/disk/data-folder.ts';
import { type Disk, realDisk } from '../../storage/lowdb/disk/disk.ts';
import { lockFolder } from '../../storage/lowdb/disk/lock.ts';
import { openStore } from '../../storage/lowdb/lowdb-store.ts';
import { RESTORING } from '../../storage/lowdb/maintenance/load.ts';
import {
  clearStaged,
  foldersBeforeRestores,
  lockRestores,
  removeAll,
} from '../../storage/lowdb/maintenance/restores.ts';
import { readMeta, writeMeta } from '../../storage/lowdb/pages/meta.ts';
import { ArchiveReader, type Entry } from './archive.ts';
import { bytesIn, openSealed } from './attachment-sources.ts';
import { pathBeside } from './backup-folder.ts';
import type { Manifest } from './manifest.ts';
import { decryptWith } from './recovery-key.ts';
import { RestoreTarget } from './restore-target.ts';

export type RestoreInput = {
  dataDir: string;
  keysDir: string;
  file: string;
  identity: string;
  /** Stops the restore as long as nothing is replaced. */
  signal?: AbortSignal;
};

/** A backup that is whole; so many `missing` files of messages are not in it. */
export type CheckedBackup = Manifest & { missing: number };

/**
 * Checks all of a backup without changing anything. Its data are staged meanwhile, its keys and sealed files are not written.
 * @throws Error with one sentence
 */
export async function checkBackup(restore: RestoreInput): Promise<CheckedBackup> {
  const isNew = !existsSync(restore.dataDir);
  try {
    return await withTarget(restore, (target) =>
      unpackChecked(target, restore, (name) =>
        /^(keys|data\/attachments)\//.test(name) ? undefined : target.pathOf(name),
      ),
    );
  } finally {
    if (isNew) await rmdir(restore.dataDir).catch(() => {});
  }
}

/**
 * Checks all of a backup, then replaces data and keys by it and sets the old ones aside. The database gets a new epoch,
 * because cursors from after the backup belong to a history that is gone.
 * @returns the manifest and the folders with the old content; @throws Error with one sentence, nothing being replaced
 */
export async function restoreBackup(
  restore: RestoreInput,
): Promise<{ manifest: CheckedBackup; aside: string[] }> {
  await prepareDataFolder(restore.dataDir);
  const lock = await lockFolder(restore.dataDir);
  try {
    return await withTarget(restore, async (target) => {
      const manifest = await unpackChecked(target, restore, (name) => target.pathOf(name));
      const meta = await readMeta(realDisk, target.data);
      if (!meta) throw new Error('The backup holds no database.');
      await writeMeta(realDisk, target.data, { ...meta, epoch: uuid() });
      refuseIfStopped(restore.signal);
      return { manifest, aside: await target.commit() };
    });
  } finally {
    await lock.release();
  }
}

/** Deletes the old content that restores set aside; returns those folders. @throws Error while a restore is unfinished */
export async function deleteReplaced(dataDir: string, keysDir: string): Promise<string[]> {
  const lock = await lockRestores(dataDir);
  try {
    if (existsSync(join(dataDir, RESTORING)))
      throw new Error(`A restore of ${dataDir} was cut off: do it again first.`);
    return await removeAll(await foldersBeforeRestores(dataDir, keysDir));
  } finally {
    await lock.release();
  }
}

/** Runs one restore at a time; removes what is staged before (left by a killed one) and after. */
async function withTarget<T>(
  { dataDir, keysDir, signal }: RestoreInput,
  work: (target: RestoreTarget) => Promise<T>,
): Promise<T> {
  await prepareDataFolder(dataDir);
  const lock = await lockRestores(dataDir);
  const target = new RestoreTarget(dataDir, keysDir, Date.now());
  try {
    await clearStaged(dataDir, keysDir);
    return await work(target);
  } catch (error) {
    refuseIfStopped(signal);
    throw error;
  } finally {
    await target.clear();
    await lock.release();
  }
}

function refuseIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Error('The restore was stopped: nothing was replaced.');
}

async function unpackChecked(
  target: RestoreTarget,
  restore: RestoreInput,
  pathOf: PathOf,
): Promise<CheckedBackup> {
  const { file, identity, signal } = restore;
  const manifest = await unpackBackup(file, identity, pathOf, signal);
  await requireOpens(target.data, manifest);
  const missing = manifest.missing + (await copyBeside(manifest, file, pathOf, signal));
  return { ...manifest, missing };
}

/**
 * Copies the sealed files from beside a backup durably, or only looks for them. Their bytes are not checked: they carry
 * their own tags. @returns how many are missing
 */
async function copyBeside(
  { attachments }: Manifest,
  backup: string,
  pathOf: PathOf,
  signal?: AbortSignal,
): Promise<number> {
  const folders = new Set<string>();
  let missing = 0;
  for (const one of attachments?.place === 'beside' ? attachments.files : []) {
    refuseIfStopped(signal);
    const from = pathBeside(backup, one);
    const source = await openSealed(from, one.size);
    const path = pathOf(one.name);
    if (!source) missing += 1;
    else if (path === undefined) await source.close();
    else {
      await prepareFolder(folders, path);
      await writeDurably(realDisk, path, { ...one, bytes: bytesIn(source, one.size, from) });
    }
  }
  for (const folder of folders) await realDisk.syncFolder(folder);
  return missing;
}

/** Where a file of a backup is written; undefined when it is only checked. */
type PathOf = (name: string) => string | undefined;

/**
 * Decrypts a backup and writes each file durably to `pathOf(name)`. The files must be exactly those of the manifest, each
 * with its size and checksum. @throws Error with one sentence
 */
async function unpackBackup(
  file: string,
  identity: string,
  pathOf: PathOf,
  signal?: AbortSignal,
): Promise<CheckedBackup> {
  const opened = new PassThrough();
  const decrypted = pipeline(createReadStream(file), decryptWith(identity), createGunzip(), opened, {
    ...(signal && { signal }),
  });
  // It may fail while a file is being written: it is awaited below.
  decrypted.catch(() => {});
  try {
    const manifest = await unpack(new ArchiveReader(opened), pathOf);
    await decrypted;
    return manifest;
  } catch (error) {
    opened.destroy();
    // A medium that does not answer would delay the stop.
    if (signal?.aborted) throw error;
    // A failed decryption is the cause of every other failure.
    const failure = await decrypted.then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => reason,
    );
    const code = failure?.code ?? '';
    if (code.startsWith('Z_')) throw new Error('The backup is not complete.', { cause: failure });
    if (failure && !['ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(code)) throw failure;
    throw error;
  }
}

async function unpack(archive: ArchiveReader, pathOf: PathOf): Promise<CheckedBackup> {
  const manifest = await archive.manifest();
  const folders = new Set<string>();
  const write = async (entry: Entry): Promise<string> => {
    const path = pathOf(entry.name);
    if (path === undefined) return sumOf(entry);
    await prepareFolder(folders, path);
    return writeDurably(realDisk, path, entry);
  };
  for (const expected of manifest.files) {
    const entry = await archive.next();
    if (entry?.name !== expected.name || entry.size !== expected.size)
      throw new Error(`The backup does not hold ${expected.name} as it should.`);
    if ((await write(entry)) !== expected.sha256)
      throw new Error(`${expected.name} in the backup is not what was put there.`);
  }
  const { place, files = [] } = manifest.attachments ?? {};
  const missing = new Map(place === 'archive' ? files.map(({ name, size }) => [name, size]) : []);
  for (let entry = await archive.next(); entry; entry = await archive.next()) {
    if (missing.get(entry.name) !== entry.size) throw new Error('The backup holds more than it should.');
    missing.delete(entry.name);
    await write(entry);
  }
  for (const folder of folders) await realDisk.syncFolder(folder);
  return { ...manifest, missing: missing.size };
}

/** Makes the folder of a path, once. */
async function prepareFolder(folders: Set<string>, path: string): Promise<void> {
  const folder = dirname(path);
  if (!folders.has(folder)) await realDisk.makeFolder(folder);
  folders.add(folder);
}

/** The SHA-256 of an entry in hex. */
async function sumOf({ bytes }: Entry): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of bytes) sum.update(chunk);
  return sum.digest('hex');
}

/** Writes an entry durably; returns its SHA-256 in hex. */
async function writeDurably(disk: Disk, path: string, { bytes }: Entry): Promise<string> {
  const sum = createHash('sha256');
  const file = await disk.open(path, 'create');
  try {
    let position = 0;
    for await (const chunk of bytes) {
      sum.update(chunk);
      await file.write(chunk, position);
      position += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return sum.digest('hex');
}

/** Opens the restored data as chat-core does, replaying the journal. @throws Error when they are not at that revision */
async function requireOpens(dataDir: string, { revision, epoch }: Manifest): Promise<void> {
  const store = await openStore(realDisk, dataDir, { now: Date.now });
  const found = { revision: store.revision(), epoch: store.epoch };
  await store.close();
  if (found.revision !== revision || found.epoch !== epoch)
    throw new Error(`The backup opens at revision ${found.revision}, not at ${revision}.`);
}
