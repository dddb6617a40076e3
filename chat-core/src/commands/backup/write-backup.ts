import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type RemoteHold, requestHold } from '../../storage/lowdb/control-socket.ts';
import type { StorageKey } from '../../storage/lowdb/disk/authenticator.ts';
import { type Disk, realDisk } from '../../storage/lowdb/disk/disk.ts';
import { keyedDisk } from '../../storage/lowdb/disk/keyed-disk.ts';
import { openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { floorBytes } from '../../storage/lowdb/maintenance/free-space.ts';
import { readMeta } from '../../storage/lowdb/pages/meta.ts';
import { readStorageKey } from '../../storage/lowdb/storage-key.ts';
import { explainFileError } from '../file-errors.ts';
import { type Need, onSameVolume, Room } from '../room.ts';
import { writeArchive, writeAttachments } from './archive.ts';
import { attachmentsUpTo } from './attachment-sources.ts';
import { findSettings, findSources } from './backup-files.ts';
import { type AttachmentInBackup, BACKUP_FORMAT, FORMAT_WITH_SETTINGS, type Manifest } from './manifest.ts';
import { encryptFor } from './recovery-key.ts';

export type BackupInput = {
  dataDir: string;
  keysDir: string;
  recipient: string;
  /** Opens this backup too: a key that the caller forgets once it has rehearsed it (decision 0052). */
  rehearsalRecipient?: string;
  /** The folder with `.env` and the tunnel's files, which come into the backup. */
  settingsDir?: string | undefined;
  /** Where the sealed files of messages go: into the archive unless said. */
  attachments?: 'archive' | 'beside' | 'none';
};
/**
 * Compressed pages have about three quarters of their bytes, since most of those are base64 of ciphertext: at least so much
 * room a backup needs.
 */
const LEAST_COMPRESSED = 0.7;

/** Called with the bytes copied so far, and the bytes of all files. */
export type OnBytes = (done: number, total: number) => void;
/** `missing` files of messages were deleted meanwhile, or were not there before; `unreadable` settings are not in it. */
export type WrittenBackup = { manifest: Manifest; missing: number; unreadable: string[] };

/** What a backup into a file may write: checked before it begins, and while it writes. */
export type BackupRoom = {
  /** `bytes` is the least that the file will have. @throws Error when there is no room for it */
  begin(manifest: Manifest, bytes: number): Promise<void>;
  /** @throws Error when the room is used up meanwhile */
  written(bytes: number): Promise<void>;
};

/**
 * Writes a backup to `out`: tar, gzip, age. The store is held until the last page is copied, so the backup has everything
 * acknowledged before the call. The sealed files of messages follow without a hold: they never change, and may be many.
 * @throws Error with one sentence when something is missing or changes meanwhile, or the hold is lost
 */
export async function writeBackup(
  input: BackupInput,
  out: Writable,
  onBytes: OnBytes,
  room?: BackupRoom,
): Promise<WrittenBackup> {
  const { dataDir, keysDir, attachments: place = 'archive' } = input;
  const key = readStorageKey(keysDir);
  const held = await holdData(dataDir, key);
  const requireHeld = () => {
    if (held.isLost())
      throw new Error('chat-core stopped, or its journal grew too long meanwhile: make the backup again.');
  };
  try {
    const disk = keyedDisk(realDisk, dataDir, key);
    const { sources, journal } = await findSources(disk, dataDir, keysDir, held.revision);
    const { sources: settings, unreadable } = await findSettings(input.settingsDir);
    sources.push(...settings);
    const meta = await readMeta(disk, dataDir);
    if (!meta) throw new Error(`There is no database in ${dataDir}: set DATA_DIR.`);
    disk.authenticator.use(meta);
    const files = sources.map(({ name, size, sha256 }) => ({ name, size, sha256 }));
    const attachments =
      place === 'none' ? undefined : { place, files: await attachmentsUpTo(disk, dataDir, journal) };
    const manifest: Manifest = {
      format: settings.length > 0 ? FORMAT_WITH_SETTINGS : BACKUP_FORMAT,
      created: Date.now(),
      revision: held.revision,
      epoch: meta.epoch,
      files,
      ...(attachments && { attachments }),
    };
    const inArchive = place === 'archive' ? totalOf(attachments?.files ?? []) : 0;
    // The rest of a file of the journal is zeros.
    const used = sources.reduce((sum, source) => sum + source.used, 0);
    await room?.begin(manifest, Math.ceil(used * LEAST_COMPRESSED) + inArchive);
    const total = totalOf(files) + totalOf(attachments?.files ?? []);
    let [done, missing] = [0, 0];
    const count = (bytes: number) => {
      done += bytes;
      onBytes(done, total);
    };
    async function* compressed() {
      const first = writeArchive(manifest, sources, (bytes) => {
        requireHeld();
        count(bytes);
      });
      // Most bytes of pages are base64 of ciphertext: the fastest level saves nearly as much as the slowest.
      yield* gzipped(first, 1);
      await held.end();
      const pathOf = (file: AttachmentInBackup) => pathIn(dataDir, file);
      const last = writeAttachments(manifest, pathOf, count, () => {
        missing += 1;
      });
      // Sealed files are ciphertext, which nothing makes smaller.
      yield* gzipped(last, 0);
    }
    async function* bounded(pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        await room?.written(piece.length);
        yield piece;
      }
    }
    const { recipient, rehearsalRecipient } = input;
    const recipients = [recipient, ...(rehearsalRecipient === undefined ? [] : [rehearsalRecipient])];
    await pipeline(compressed, encryptFor(...recipients), bounded, out);
    return { manifest, missing, unreadable };
  } finally {
    await held.end();
  }
}

/** The path of a sealed file in DATA_DIR. */
export function pathIn(dataDir: string, { name }: AttachmentInBackup): string {
  return join(dataDir, ...name.split('/').slice(1));
}

/** A member of a gzip file, which may have several (RFC 1952 §2.2). */
async function* gzipped(pieces: AsyncGenerator<Buffer>, level: number): AsyncGenerator<Buffer> {
  const gzip = createGzip({ level });
  const written = pipeline(pieces, gzip);
  // The reader gets the error first; it is awaited below.
  written.catch(() => {});
  yield* gzip;
  await written;
}

function totalOf(files: { size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

type FileOptions = {
  replace: boolean;
  onBytes: OnBytes;
  /** Called with the manifest once it is written, before the file has its name. */
  beforeNaming?: (manifest: Manifest) => Promise<void>;
  /** What the caller will write beside the file. */
  more?: (manifest: Manifest) => Promise<Need[]>;
  /** How much room the volume of a folder has. */
  space?: Disk['space'] | undefined;
};

/**
 * Writes a backup to a file with mode 0600, which gets its name only once all of it is durable. On the volume of the box
 * it leaves the room that the box needs to store messages.
 * @returns also the size of the file in bytes; @throws Error when the file exists and `replace` is false
 */
export async function writeBackupFile(
  input: BackupInput,
  file: string,
  { replace, onBytes, beforeNaming = async () => {}, more = async () => [], space }: FileOptions,
): Promise<WrittenBackup & { size: number }> {
  const path = resolve(file);
  const refuseExisting = () => {
    if (!replace && existsSync(path)) throw new Error(`${path} is there already: say --force to replace it.`);
  };
  refuseExisting();
  const temporary = `${path}.unfinished`;
  const room = new Room({
    what: 'The backup',
    remedy: 'make room, or write it to another disk',
    keepFree: async (folder, total) => ((await onSameVolume(folder, input.dataDir)) ? floorBytes(total) : 0),
    ...(space && { space }),
  });
  const bounded: BackupRoom = {
    begin: async (manifest, bytes) =>
      room.require([{ folder: dirname(path), bytes, files: 1 }, ...(await more(manifest))]),
    written: (bytes) => room.written(bytes),
  };
  try {
    await rm(temporary, { force: true });
    const out = createWriteStream(temporary, { flags: 'wx', mode: 0o600 });
    const { manifest, missing, unreadable } = await writeBackup(input, out, onBytes, bounded);
    await beforeNaming(manifest);
    const written = await open(temporary, 'r+');
    await written.sync().finally(() => written.close());
    const { size } = await stat(temporary);
    refuseExisting();
    await rename(temporary, path);
    await realDisk.syncFolder(dirname(path));
    return { manifest, missing, unreadable, size };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw explainFileError(error, path, 'write');
  }
}

/** Data whose files up to `revision` stay unchanged until `end`, which may be repeated; of a box that runs, or not. */
export type HeldData = { revision: number; isRunning: boolean; isLost(): boolean; end(): Promise<void> };

/**
 * Holds the files of a database unchanged: by a hold of the running chat-core, else by locking the folder.
 * @throws Error when there is no database, or a process without a control socket uses it
 */
export async function holdData(dataDir: string, key: StorageKey, open = openLowdbStore): Promise<HeldData> {
  if (!['meta.json', 'db.json'].some((name) => existsSync(join(dataDir, name))))
    throw new Error(`There is no database in ${dataDir}: set DATA_DIR.`);
  const held: RemoteHold | undefined = await requestHold({ folder: dataDir, key });
  if (held) return { ...held, isRunning: true, end: async () => held.release() };
  const store = await open(dataDir, { now: Date.now, key }).catch((error: NodeJS.ErrnoException) => {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(error.code ?? '')) throw error;
    throw new Error(`Nothing runs upon ${dataDir}, and it cannot be written: start the box first.`);
  });
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= store.close();
    return ended;
  };
  return { revision: store.revision(), isRunning: false, isLost: () => false, end };
}
