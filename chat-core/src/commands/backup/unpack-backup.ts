import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { STORAGE_KEY_BYTES, STORAGE_KEY_FILE } from '../../storage/lowdb/storage-key.ts';
import { ArchiveReader, type Entry } from './archive.ts';
import { bytesIn, openSealed } from './attachment-sources.ts';
import { pathBeside } from './backup-folder.ts';
import { type Manifest, SETTINGS } from './manifest.ts';
import { decryptWith } from './recovery-key.ts';

/** A backup that is whole; so many `missing` files of messages are not in it. */
export type CheckedBackup = Manifest & { missing: number };
/** With the key that authenticates its data, undefined in a backup from before format 7, and the settings by their names. */
type UnpackedBackup = CheckedBackup & { storageKey: Buffer | undefined; settings: Map<string, Buffer> };
export const STORAGE_KEY_IN_BACKUP = `keys/core/${STORAGE_KEY_FILE}`;

/** `source`: the bytes of the backup, where they are not those of `file`. */
type BackupToOpen = { file: string; identity: string; signal?: AbortSignal; source?: Readable };

/** How the files of a backup are written. */
export type Writer = {
  /** Where a file is written; undefined when it is only checked. */
  pathOf(name: string): string | undefined;
  /** Called before anything is written. @throws Error when there is no room for it */
  begin(manifest: Manifest): Promise<void>;
  /** Called after each piece. @throws Error when the room is used up meanwhile */
  onPiece(bytes: number): Promise<void>;
};

/**
 * Copies the sealed files from beside a backup durably, or only looks for them. Their bytes are not checked: they carry
 * their own tags. @returns how many are missing
 */
export async function copyBeside(
  { attachments }: Manifest,
  { file: backup, signal }: BackupToOpen,
  { pathOf, onPiece }: Writer,
): Promise<number> {
  const folders = new Set<string>();
  let missing = 0;
  for (const one of attachments?.place === 'beside' ? attachments.files : []) {
    signal?.throwIfAborted();
    const from = pathBeside(backup, one);
    const source = await openSealed(from, one.size);
    const path = pathOf(one.name);
    if (!source) missing += 1;
    else if (path === undefined) await source.close();
    else {
      await prepareFolder(folders, path);
      await writeDurably(path, { ...one, bytes: bytesIn(source, one.size, from) }, onPiece);
    }
  }
  for (const folder of folders) await realDisk.syncFolder(folder);
  return missing;
}

/**
 * Decrypts a backup and writes each file durably to `pathOf(name)`. The files must be exactly those of the manifest, each
 * with its size and checksum. @throws Error with one sentence
 */
export async function unpackBackup(
  { file, identity, signal, source = createReadStream(file) }: BackupToOpen,
  writer: Writer,
): Promise<UnpackedBackup> {
  const opened = new PassThrough();
  const decrypted = pipeline(source, decryptWith(identity), createGunzip(), opened, {
    ...(signal && { signal }),
  });
  // It may fail while a file is being written: it is awaited below.
  decrypted.catch(() => {});
  try {
    const manifest = await unpack(new ArchiveReader(opened), writer);
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

async function unpack(archive: ArchiveReader, { pathOf, begin, onPiece }: Writer): Promise<UnpackedBackup> {
  const manifest = await archive.manifest();
  await begin(manifest);
  const folders = new Set<string>();
  let storageKey: Buffer | undefined;
  const settings = new Map<string, Buffer>();
  const write = async (given: Entry): Promise<string> => {
    let entry = given;
    if (entry.name === STORAGE_KEY_IN_BACKUP && entry.size === STORAGE_KEY_BYTES) {
      const bytes = await buffer(given.bytes);
      storageKey = bytes;
      entry = { ...given, bytes: piecesOf([bytes]) };
    }
    if (entry.name.startsWith(SETTINGS)) {
      const bytes = await buffer(given.bytes);
      settings.set(entry.name.slice(SETTINGS.length), bytes);
      return sumOf({ ...given, bytes: piecesOf([bytes]) }, onPiece);
    }
    const path = pathOf(entry.name);
    if (path === undefined) return sumOf(entry, onPiece);
    await prepareFolder(folders, path);
    return writeDurably(path, entry, onPiece);
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
  return { ...manifest, missing: missing.size, storageKey, settings };
}

async function* piecesOf(pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

/** Makes the folder of a path, once. */
async function prepareFolder(folders: Set<string>, path: string): Promise<void> {
  const folder = dirname(path);
  if (!folders.has(folder)) await realDisk.makeFolder(folder);
  folders.add(folder);
}

/** The SHA-256 of an entry in hex. */
async function sumOf({ bytes }: Entry, onPiece: Writer['onPiece']): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of bytes) {
    sum.update(chunk);
    await onPiece(chunk.length);
  }
  return sum.digest('hex');
}

/** Writes an entry durably; returns its SHA-256 in hex. */
async function writeDurably(path: string, { bytes }: Entry, onPiece: Writer['onPiece']): Promise<string> {
  const sum = createHash('sha256');
  const file = await realDisk.open(path, 'create');
  try {
    let position = 0;
    for await (const chunk of bytes) {
      sum.update(chunk);
      await file.write(chunk, position);
      position += chunk.length;
      await onPiece(chunk.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return sum.digest('hex');
}
