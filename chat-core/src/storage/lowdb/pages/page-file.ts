import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Adapter } from 'lowdb';
import type { Disk } from '../disk/disk.ts';

/** The last field of a written document: CRC-32 over the bytes before it. */
const TRAILER = /,"crc":"([0-9a-f]{8})"\}\n$/;

/**
 * A LowDB adapter whose write is durable when it returns: a temporary file, fsync, rename, fsync of the folder. With a
 * batch it only stages the file, which is durable once the batch is published. lowdb's own adapter renames without an
 * fsync, and its concurrent writes can be lost. A document is JSON that any editor and LowDB itself reads; after an edit
 * by hand its `crc` has to be removed.
 */
export class PageFile<T> implements Adapter<T> {
  private readonly disk: Disk;
  readonly path: string;
  private readonly batch: AtomicWriteBatch | undefined;
  /** Size of the document last read or written. */
  bytes = 0;

  constructor(disk: Disk, path: string, batch?: AtomicWriteBatch) {
    this.disk = disk;
    this.path = path;
    this.batch = batch;
  }

  /** The document, or null when there is none. @throws CorruptionError when it is not the one that was written */
  async read(): Promise<T | null> {
    const file = await this.disk.read(this.path);
    if (!file) return null;
    this.bytes = file.length;
    let document: T & { crc?: unknown };
    try {
      document = JSON.parse(file.toString('utf8'));
    } catch {
      throw new CorruptionError(this.path, 0, 'it is not JSON');
    }
    if (typeof document !== 'object' || document === null) {
      throw new CorruptionError(this.path, 0, 'it is no document');
    }
    if (document.crc !== undefined && !isChecksumValid(file)) {
      throw new CorruptionError(this.path, 0, 'its checksum is that of another content');
    }
    delete document.crc;
    return document;
  }

  async write(document: T): Promise<void> {
    const bytes = documentBytes(document);
    const batch = this.batch ?? new AtomicWriteBatch(this.disk);
    await batch.stage(this.path, bytes);
    if (!this.batch) await batch.publish();
    this.bytes = bytes.length;
  }
}

/** The bytes of a document with its checksum. */
export function documentBytes(document: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(document).slice(0, -1));
  return Buffer.concat([body, Buffer.from(`,"crc":"${sumOf(body)}"}\n`)]);
}

/** Whether the checksum of a document is its last field and matches. */
function isChecksumValid(file: Buffer): boolean {
  const trailer = TRAILER.exec(file.toString('latin1', file.length - 32));
  return trailer !== null && sumOf(file.subarray(0, file.length - trailer[0].length)) === trailer[1];
}

function sumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}

/** Stored bytes differ from those that were written. Nothing is skipped or guessed: a person decides with `npm run repair`. */
export class CorruptionError extends Error {
  override name = 'CorruptionError';
  readonly path: string;
  readonly offset: number;

  constructor(path: string, offset: number, what: string) {
    super(`${path} is damaged at byte ${offset}: ${what}. Run npm run repair, or restore a backup.`);
    this.path = path;
    this.offset = offset;
  }
}

/** Called with damage that was found. A handler that throws ends the reading. */
export type DamageHandler = (path: string, offset: number, what: string) => void;

/** The handler for a database that must be whole. @throws CorruptionError */
export const refuseDamage: DamageHandler = (path, offset, what) => {
  throw new CorruptionError(path, offset, what);
};

const TEMPORARY = '.tmp';

/**
 * Files that become durable together: each is written under a temporary name and synced, then all are renamed, then their
 * folders are synced. The file system writes its own journal at each sync of a new file; files that are synced at the
 * same time share that write, and so do renames.
 */
export class AtomicWriteBatch {
  private readonly disk: Disk;
  private readonly staged: string[] = [];

  constructor(disk: Disk) {
    this.disk = disk;
  }

  /** Writes a file durably under its temporary name. */
  async stage(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.disk.open(path + TEMPORARY, 'create');
    try {
      await file.write(bytes, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    this.staged.push(path);
  }

  /** Renames all staged files to their names, durably. */
  async publish(): Promise<void> {
    const paths = this.staged.splice(0);
    for (const path of paths) await this.disk.rename(path + TEMPORARY, path);
    for (const folder of new Set(paths.map(dirname))) await this.disk.syncFolder(folder);
  }
}
