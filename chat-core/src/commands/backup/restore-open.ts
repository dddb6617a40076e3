import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Disk, realDisk } from '../../storage/lowdb/disk/disk.ts';
import { openStore } from '../../storage/lowdb/lowdb-store.ts';
import { openWith } from './age-seal.ts';
import type { Manifest } from './manifest.ts';
import { ArchiveReader, type Entry } from './read-backup.ts';

/** Where a file of a backup goes; nowhere when it is only to be checked. */
export type PathOf = (name: string) => string | undefined;

/**
 * Opens a backup and puts each of its files at `pathOf(name)`, durably, after which the files are the manifest's: none
 * is missing, none is more, each has its size and sum. @throws a sentence when anything is otherwise
 */
export async function openBackup(
  file: string,
  identity: string,
  pathOf: PathOf,
  signal?: AbortSignal,
): Promise<Manifest> {
  const opened = new PassThrough();
  const unsealed = pipeline(createReadStream(file), openWith(identity), createGunzip(), opened, {
    ...(signal && { signal }),
  });
  // It may fail while a file is being written here: who awaits it comes later.
  unsealed.catch(() => {});
  try {
    const manifest = await unpack(new ArchiveReader(opened), pathOf);
    await unsealed;
    return manifest;
  } catch (error) {
    opened.destroy();
    // A medium that does not answer would keep who stops it waiting.
    if (signal?.aborted) throw error;
    // Where the seal did not hold, that is the reason of all else.
    const seal = await unsealed.then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => reason,
    );
    const code = seal?.code ?? '';
    if (code.startsWith('Z_')) throw new Error('The backup is not complete.', { cause: seal });
    if (seal && !['ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(code)) throw seal;
    throw error;
  }
}

async function unpack(archive: ArchiveReader, pathOf: PathOf): Promise<Manifest> {
  const manifest = await archive.manifest();
  const folders = new Set<string>();
  for (const expected of manifest.files) {
    const entry = await archive.next();
    if (entry?.name !== expected.name || entry.size !== expected.size)
      throw new Error(`The backup does not hold ${expected.name} as it should.`);
    const path = pathOf(expected.name);
    if (path !== undefined) {
      if (!folders.has(dirname(path))) await realDisk.makeFolder(dirname(path));
      folders.add(dirname(path));
    }
    const sum = path === undefined ? await sumOf(entry) : await keep(realDisk, path, entry);
    if (sum !== expected.sha256) throw new Error(`${expected.name} in the backup is not what was put there.`);
  }
  if (await archive.next()) throw new Error('The backup holds more than it should.');
  for (const folder of folders) await realDisk.syncFolder(folder);
  return manifest;
}

/** The SHA-256 in hex of what is kept nowhere. */
async function sumOf({ bytes }: Entry): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of bytes) sum.update(chunk);
  return sum.digest('hex');
}

/** Writes a file durably; answers its SHA-256 in hex. */
async function keep(disk: Disk, path: string, { bytes }: Entry): Promise<string> {
  const sum = createHash('sha256');
  const file = await disk.open(path, 'create');
  try {
    let at = 0;
    for await (const chunk of bytes) {
      sum.update(chunk);
      await file.write(chunk, at);
      at += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return sum.digest('hex');
}

/** Opens what was restored as chat-core will, replaying its journal. @throws a sentence when it is not at that revision */
export async function requireOpens(dataDir: string, { revision, epoch }: Manifest): Promise<void> {
  const store = await openStore(realDisk, dataDir, { now: Date.now });
  const found = { revision: store.revision(), epoch: store.epoch };
  await store.close();
  if (found.revision !== revision || found.epoch !== epoch)
    throw new Error(`The backup opens at revision ${found.revision}, not at ${revision}.`);
}
