import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Adapter } from 'lowdb';
import { FORGED } from '../disk/authenticator.ts';
import type { Disk } from '../disk/disk.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';

/** The last field of a written document: CRC-32 over the bytes before it. */
const CHECKSUM = /,"crc":"([0-9a-f]{8})"\}\n$/;
/** The field before it, since format 7: the authentication code of the bytes before that. */
const CODE = /,"mac":"([\w-]{22})"$/;
const TRAILER_BYTES = 64;

/** The format version of DATA_DIR; migrations.ts migrates each version to the next. */
export const FORMAT = 8;
/** The last format whose documents have no authentication code. */
export const LAST_UNAUTHENTICATED = 6;

/** The fields that a file has besides those of its document, and the version of meta.json. */
type Trailer = { crc?: unknown; mac?: unknown; asOf?: unknown; version?: unknown };

/** The documents that say of which format a database is. */
const BEGINNINGS: ReadonlySet<string> = new Set(['meta.json', 'meta.copy.json', 'db.json']);

/**
 * A LowDB adapter whose write is durable when it returns: a temporary file, fsync, rename, fsync of the folder. With a
 * batch it only stages the file, which is durable once the batch is published. lowdb's own adapter renames without an
 * fsync, and its concurrent writes can be lost. A document is JSON that any editor and LowDB itself reads. It has three more
 * fields: the revision that it was written at (`asOf`), an authentication code and a checksum.
 */
export class PageFile<T> implements Adapter<T> {
  private readonly disk: KeyedDisk;
  readonly path: string;
  private readonly batch: AtomicWriteBatch | undefined;
  /** Size of the document last read or written. */
  bytes = 0;
  /** Everything up to this revision is in the page that was last read, or is to be written; 0 before format 7. */
  revision: number;

  /** A document that is written has everything up to `revision`: up to now, unless given. */
  constructor(
    disk: KeyedDisk,
    path: string,
    batch?: AtomicWriteBatch,
    revision = disk.authenticator.revision,
  ) {
    this.disk = disk;
    this.path = path;
    this.batch = batch;
    this.revision = revision;
  }

  /** The document, or null when there is none. @throws CorruptionError when it is not the one that was written */
  async read(): Promise<T | null> {
    const file = await this.disk.read(this.path);
    if (!file) return null;
    this.bytes = file.length;
    let document: T & Trailer;
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
    this.requireAuthentic(file, document);
    this.revision = typeof document.asOf === 'number' ? document.asOf : 0;
    this.disk.authenticator.recordPage(this.path, this.revision);
    delete document.crc;
    delete document.mac;
    delete document.asOf;
    return document;
  }

  private requireAuthentic(file: Buffer, { version, asOf = 0 }: Trailer): void {
    const { authenticator } = this.disk;
    // That of a format without codes, or of a newer one, is what a migration reads, or refuses.
    const isOther = BEGINNINGS.has(basename(this.path)) && !hasCodes(version);
    if (authenticator.policy === 'none' || isOther) return;
    const sum = CHECKSUM.exec(lastBytes(file))?.[0].length ?? 0;
    if (sum === 0 && authenticator.policy === 'refuse')
      throw new CorruptionError(this.path, 0, 'its checksum is missing');
    const [code = '', tag] = CODE.exec(lastBytes(file.subarray(0, file.length - sum))) ?? [];
    const body = file.subarray(0, file.length - sum - code.length);
    if (sum > 0 && authenticator.isDocument(this.path, body, tag, Number(asOf))) return;
    if (authenticator.policy !== 'accept') throw new CorruptionError(this.path, 0, FORGED);
    authenticator.accepted.add(this.path);
  }

  async write(document: T): Promise<void> {
    const bytes = documentBytes(this.disk, this.path, { ...document, asOf: this.revision });
    const batch = this.batch ?? new AtomicWriteBatch(this.disk);
    await batch.stage(this.path, bytes);
    if (!this.batch) await batch.publish();
    this.bytes = bytes.length;
    this.disk.authenticator.recordPage(this.path, this.revision);
  }
}

/** The bytes of a document at a path, with its authentication code and its checksum. */
export function documentBytes({ authenticator }: KeyedDisk, path: string, document: object): Buffer {
  const body = Buffer.from(JSON.stringify(document).slice(0, -1));
  const code = `,"mac":"${authenticator.tagDocument(path, body)}"`;
  return Buffer.concat([body, Buffer.from(`${code},"crc":"${sumOf(code, crc32(body))}"}\n`)]);
}

/** Whether this version knows the format, and its documents have authentication codes. */
function hasCodes(version: unknown): boolean {
  return typeof version === 'number' && version > LAST_UNAUTHENTICATED && version <= FORMAT;
}

function lastBytes(file: Buffer): string {
  return file.toString('latin1', Math.max(0, file.length - TRAILER_BYTES));
}

/** Whether the checksum of a document is its last field and matches. */
function isChecksumValid(file: Buffer): boolean {
  const trailer = CHECKSUM.exec(lastBytes(file));
  return trailer !== null && sumOf(file.subarray(0, file.length - trailer[0].length)) === trailer[1];
}

/** CRC-32 as eight hex digits of these bytes after those with the sum `before`. */
function sumOf(bytes: Uint8Array | string, before = 0): string {
  return crc32(bytes, before).toString(16).padStart(8, '0');
}

/** Stored bytes differ from those that were written. Nothing is skipped or guessed: a person decides with `npm run repair`. */
export class CorruptionError extends Error {
  override name = 'CorruptionError';
  readonly path: string;
  readonly offset: number;
  readonly what: string;

  constructor(path: string, offset: number, what: string) {
    super(`${path} is damaged at byte ${offset}: ${what}. Run npm run repair, or restore a backup.`);
    this.path = path;
    this.offset = offset;
    this.what = what;
  }
}

/**
 * Checks that a page that was read is neither from before revision `least`, when it was written last, nor from after `most`.
 * @throws CorruptionError
 */
export function requireRevision(
  { path, revision }: { path: string; revision: number },
  least: number,
  most: number,
): void {
  if (revision < least)
    throw new CorruptionError(path, 0, `it is of revision ${revision}, and was written again at ${least}`);
  if (revision > most)
    throw new CorruptionError(path, 0, `it is of revision ${revision}, which the journal lacks`);
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
