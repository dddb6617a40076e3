import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { readMeta } from '../../storage/lowdb/pages/meta.ts';
import { explainFileError } from '../file-errors.ts';
import { sealFor } from './age-seal.ts';
import { archive } from './archive.ts';
import { findSources } from './backup-files.ts';
import { holdData } from './backup-hold.ts';
import { BACKUP_FORMAT, type Manifest } from './manifest.ts';

export type BackupOf = { dataDir: string; keysDir: string; recipient: string };
/** Told how many of how many bytes of files have been sealed. */
export type OnBytes = (done: number, of: number) => void;

/**
 * Writes a backup to `out`: tar, gzip, age. The store is held from before the first file is looked at until the last is
 * copied; what is acknowledged before this is called is in it.
 * @throws a sentence when something is missing, changes meanwhile, or the hold is lost
 */
export async function writeBackup(of: BackupOf, out: Writable, onBytes: OnBytes): Promise<Manifest> {
  const held = await holdData(of.dataDir);
  const requireHeld = () => {
    if (held.isLost())
      throw new Error('chat-core stopped, or its journal grew too long meanwhile: make the backup again.');
  };
  try {
    const sources = await findSources(of.dataDir, of.keysDir, held.revision);
    const meta = await readMeta(realDisk, of.dataDir);
    if (!meta) throw new Error(`There is no database in ${of.dataDir}: set DATA_DIR.`);
    const files = sources.map(({ name, size, sha256 }) => ({ name, size, sha256 }));
    const manifest: Manifest = {
      format: BACKUP_FORMAT,
      created: Date.now(),
      revision: held.revision,
      epoch: meta.epoch,
      files,
    };
    const all = files.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    const pieces = archive(manifest, sources, (bytes) => {
      requireHeld();
      done += bytes;
      onBytes(done, all);
    });
    // Most bytes are base64 of ciphertext: the fastest level takes nearly all that can be taken.
    await pipeline(pieces, createGzip({ level: 1 }), sealFor(of.recipient), out);
    return manifest;
  } finally {
    await held.end();
  }
}

/**
 * The same into a file for its owner alone (0600), which has its name only once all of it is durable.
 * @returns its manifest and its own size in bytes; @throws a sentence when the file is there and `replace` is false
 */
export async function writeBackupFile(
  of: BackupOf,
  file: string,
  { replace, onBytes }: { replace: boolean; onBytes: OnBytes },
): Promise<{ manifest: Manifest; size: number }> {
  const path = resolve(file);
  const refuseTaken = () => {
    if (!replace && existsSync(path)) throw new Error(`${path} is there already: say --force to replace it.`);
  };
  refuseTaken();
  const temporary = `${path}.unfinished`;
  try {
    await rm(temporary, { force: true });
    const manifest = await writeBackup(
      of,
      createWriteStream(temporary, { flags: 'wx', mode: 0o600 }),
      onBytes,
    );
    const written = await open(temporary, 'r+');
    await written.sync().finally(() => written.close());
    const { size } = await stat(temporary);
    refuseTaken();
    await rename(temporary, path);
    await realDisk.syncFolder(dirname(path));
    return { manifest, size };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw explainFileError(error, path, 'write');
  }
}
