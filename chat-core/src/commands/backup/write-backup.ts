import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type RemoteHold, requestHold } from '../../storage/lowdb/control-socket.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { readMeta } from '../../storage/lowdb/pages/meta.ts';
import { explainFileError } from '../file-errors.ts';
import { writeArchive } from './archive.ts';
import { findSources } from './backup-files.ts';
import { BACKUP_FORMAT, type Manifest } from './manifest.ts';
import { encryptFor } from './recovery-key.ts';

export type BackupInput = { dataDir: string; keysDir: string; recipient: string };
/** Called with the bytes encrypted so far, and the bytes of all files. */
export type OnBytes = (done: number, total: number) => void;

/**
 * Writes a backup to `out`: tar, gzip, age. The store is held until the last file is copied, so the backup has everything
 * acknowledged before the call.
 * @throws Error with one sentence when something is missing or changes meanwhile, or the hold is lost
 */
export async function writeBackup(input: BackupInput, out: Writable, onBytes: OnBytes): Promise<Manifest> {
  const held = await holdData(input.dataDir);
  const requireHeld = () => {
    if (held.isLost())
      throw new Error('chat-core stopped, or its journal grew too long meanwhile: make the backup again.');
  };
  try {
    const sources = await findSources(input.dataDir, input.keysDir, held.revision);
    const meta = await readMeta(realDisk, input.dataDir);
    if (!meta) throw new Error(`There is no database in ${input.dataDir}: set DATA_DIR.`);
    const files = sources.map(({ name, size, sha256 }) => ({ name, size, sha256 }));
    const manifest: Manifest = {
      format: BACKUP_FORMAT,
      created: Date.now(),
      revision: held.revision,
      epoch: meta.epoch,
      files,
    };
    const total = files.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    const pieces = writeArchive(manifest, sources, (bytes) => {
      requireHeld();
      done += bytes;
      onBytes(done, total);
    });
    // Most bytes are base64 of ciphertext: the fastest level saves nearly as much as the slowest.
    await pipeline(pieces, createGzip({ level: 1 }), encryptFor(input.recipient), out);
    return manifest;
  } finally {
    await held.end();
  }
}

/**
 * Writes a backup to a file with mode 0600, which gets its name only once all of it is durable.
 * @returns the manifest and the size of the file in bytes; @throws Error when the file exists and `replace` is false
 */
export async function writeBackupFile(
  input: BackupInput,
  file: string,
  { replace, onBytes }: { replace: boolean; onBytes: OnBytes },
): Promise<{ manifest: Manifest; size: number }> {
  const path = resolve(file);
  const refuseExisting = () => {
    if (!replace && existsSync(path)) throw new Error(`${path} is there already: say --force to replace it.`);
  };
  refuseExisting();
  const temporary = `${path}.unfinished`;
  try {
    await rm(temporary, { force: true });
    const manifest = await writeBackup(
      input,
      createWriteStream(temporary, { flags: 'wx', mode: 0o600 }),
      onBytes,
    );
    const written = await open(temporary, 'r+');
    await written.sync().finally(() => written.close());
    const { size } = await stat(temporary);
    refuseExisting();
    await rename(temporary, path);
    await realDisk.syncFolder(dirname(path));
    return { manifest, size };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw explainFileError(error, path, 'write');
  }
}

/** Data whose files up to `revision` stay unchanged until `end`. */
export type HeldData = { revision: number; isLost(): boolean; end(): Promise<void> };

/**
 * Holds the files of a database unchanged: by a hold of the running chat-core, else by locking the folder.
 * @throws Error when there is no database, or a process without a control socket uses it
 */
export async function holdData(dataDir: string, open = openLowdbStore): Promise<HeldData> {
  if (!['meta.json', 'db.json'].some((name) => existsSync(join(dataDir, name))))
    throw new Error(`There is no database in ${dataDir}: set DATA_DIR.`);
  const held: RemoteHold | undefined = await requestHold(dataDir);
  if (held) return { ...held, end: async () => held.release() };
  const store = await open(dataDir, { now: Date.now }).catch((error: NodeJS.ErrnoException) => {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code ?? '')) throw error;
    throw new Error(`Nothing runs upon ${dataDir}, and it cannot be written: start the box first.`);
  });
  return { revision: store.revision(), isLost: () => false, end: () => store.close() };
}
