import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Adapter } from 'lowdb';
import type { Disk } from '../disk/disk.ts';

/** The last field of a written document: CRC-32 over the bytes before it. */
const TRAILER = /,"crc":"([0-9a-f]{8})"\}\n$/;

/**
 * A LowDB adapter whose write is durable when it returns: a temporary file, fsync, rename, fsync of the folder.
 * In a group it is staged alone, and durable once the group is published.
 * lowdb's own adapter renames without any fsync and lets concurrent writes swallow each other.
 * A document stays JSON that any editor and LowDB itself reads; whoever changes one by hand removes its `crc`.
 */
export class PageFile<T> implements Adapter<T> {
  private readonly disk: Disk;
  readonly path: string;
  private readonly group: AtomicWriteBatch | undefined;
  /** Bytes of the document last read or written. */
  bytes = 0;

  constructor(disk: Disk, path: string, group?: AtomicWriteBatch) {
    this.disk = disk;
    this.path = path;
    this.group = group;
  }

  /** The document, or null when there is none. @throws CorruptionError when it is not as it was written */
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
    if (document.crc !== undefined && !holds(file)) {
      throw new CorruptionError(this.path, 0, 'its checksum is that of another content');
    }
    delete document.crc;
    return document;
  }

  async write(document: T): Promise<void> {
    const bytes = documentBytes(document);
    const group = this.group ?? new AtomicWriteBatch(this.disk);
    await group.stage(this.path, bytes);
    if (!this.group) await group.publish();
    this.bytes = bytes.length;
  }
}

/** A document as it is written, with its checksum. */
export function documentBytes(document: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(document).slice(0, -1));
  return Buffer.concat([body, Buffer.from(`,"crc":"${sumOf(body)}"}\n`)]);
}

/** Whether a document's checksum is its last field, and right. */
function holds(file: Buffer): boolean {
  const trailer = TRAILER.exec(file.toString('latin1', file.length - 32));
  return trailer !== null && sumOf(file.subarray(0, file.length - trailer[0].length)) === trailer[1];
}

function sumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}

/** Stored bytes that are not what was written. Nothing is skipped or guessed: `npm run repair` decides with a person. */
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

/** Receives damage that was found. A handler that throws ends the reading. */
export type DamageHandler = (path: string, offset: number, what: string) => void;

/** The handler for a database that must be whole. @throws CorruptionError */
export const refuseDamage: DamageHandler = (path, offset, what) => {
  throw new CorruptionError(path, offset, what);
};

const TEMPORARY = '.tmp';

/**
 * Files that become durable together: each is written and synced beside its place, then all take their names, then
 * their folders are synced. A file system pays for its own journal at each sync of a new file; files synced at the same
 * time share that, and so do names.
 */
export class AtomicWriteBatch {
  private readonly disk: Disk;
  private readonly staged: string[] = [];

  constructor(disk: Disk) {
    this.disk = disk;
  }

  /** Writes a file durably under another name. */
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

  /** Gives every staged file its name, durably. */
  async publish(): Promise<void> {
    const paths = this.staged.splice(0);
    for (const path of paths) await this.disk.rename(path + TEMPORARY, path);
    for (const folder of new Set(paths.map(dirname))) await this.disk.syncFolder(folder);
  }
}
