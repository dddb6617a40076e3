import { join } from 'node:path';
import type { Disk, DiskFile } from '../disk/disk.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { zeroFill } from '../disk/zero-fill.ts';
import {
  encodeRecord,
  type JournalHeader,
  type JournalRecord,
  LINE_BYTES,
  writeLine,
} from './journal-record.ts';

/** A file is created with all its blocks, so that a commit writes data and no metadata (design §4). */
export const FILE_BYTES = 4 * 2 ** 20;
/** The size of a file on a disk that has no room for a whole one. */
const SMALL_FILE_BYTES = 256 * 1024;
/** More than a busy box uses between two checkpoints: a new file costs the flash as much as the records in it. */
const MAX_SPARE = 8;
export const MAX_HEADER_BYTES = 128;
/** The name of a new file until all its blocks are written. */
const NEW = 'new.jsonl';

export const journalName = (number: number): string => `${String(number).padStart(8, '0')}.jsonl`;
/** The number in a journal file's name, undefined for any other name. */
export function journalNumber(name: string): number | undefined {
  const [, digits] = /^(\d{8})\.jsonl$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The journal files that are needed: the number and the first revision of each, ascending. */
export type Starts = [number: number, from: number][];

/**
 * The current file, the end of its records, and the authentication code of the last one. Undefined once the file can no
 * longer be trusted.
 */
export type Current = { file: DiskFile; number: number; end: number; size: number; tag: string };

type Started = { number: number; from: number; end: number; size: number; tag: string };

/**
 * The write-ahead journal: files of fixed size with one line per transaction. Each file starts with its number and its
 * first revision, which invalidates all records of older files from that revision on.
 */
export class Journal {
  private readonly disk: KeyedDisk;
  private readonly folder: string;
  private readonly fileBytes: number;
  private current: Current | undefined;
  /** All files with records that may still be needed. */
  private started: Starts;
  /** The highest number of a file. */
  private newest: number;
  /** Names of files to reuse: all their records are in pages. */
  private spare: string[] = [];
  private preparing: Promise<void> | undefined;
  /** Number of operations that zero-fill or rename spare files. Meanwhile no new spare file may take their names. */
  private operationsOnSpare = 0;
  /** Makes durable that the file with this number was started, before a record in it is acknowledged. */
  onFile: (number: number) => Promise<void> = async () => {};
  /**
   * A file whose announcement failed: it may be on the disk nevertheless, so the file must keep its header. The next try
   * announces the same file again.
   */
  private unannounced: Started | undefined;
  /** While the disk is full no spare file is created: it would take the room of smaller ones. */
  isDiskFull: () => boolean = () => false;

  /** Continues where replay ended: in its last file, or in a new one. */
  constructor(
    disk: KeyedDisk,
    folder: string,
    found: { newest: number; starts: Starts; current: Current | undefined },
    fileBytes: number = FILE_BYTES,
  ) {
    this.disk = disk;
    this.folder = folder;
    this.newest = found.newest;
    this.started = found.starts;
    this.current = found.current;
    this.fileBytes = fileBytes;
  }

  /** The code of the newest line, or of the first one of a file without lines; undefined while there is no file. */
  code(): string | undefined {
    return this.current?.tag;
  }

  /** A copy of the list of files that may still be needed. */
  starts(): Starts {
    return [...this.started];
  }

  /**
   * Makes records durable, all in one file with one sync. When it throws, none is durable for certain, and the next
   * append goes to a new file, which invalidates those that were written. With `isSmall` a new file is a small one.
   */
  async append(records: JournalRecord[], isSmall = false): Promise<void> {
    const [first] = records;
    if (!first) return;
    const encoded = records.map(encodeRecord);
    const length = encoded.reduce((sum, json) => sum + json.length + LINE_BYTES, 0);
    if (!this.current || this.current.end + length > this.current.size) {
      await this.startFile(first.revision, length, isSmall);
    }
    const { current } = this;
    if (!current) throw new Error('the journal has no file');
    let { tag } = current;
    const lines = encoded.map((json) => {
      tag = this.disk.authenticator.tagRecord(tag, json);
      return writeLine(json, tag);
    });
    const bytes = Buffer.concat(lines);
    try {
      await current.file.write(bytes, current.end);
      await current.file.sync();
    } catch (error) {
      // Which of its pages are on the disk is unknown, and a second fsync would report success (fsyncgate).
      this.current = undefined;
      await current.file.close().catch(() => {});
      throw error;
    }
    current.end += bytes.length;
    current.tag = tag;
    if (current.end > current.size / 2) this.prepareSpare();
  }

  /** Releases the files before `number`, whose records are all in pages, for reuse; with `erase` it zero-fills them first. */
  async release(number: number, { erase }: { erase: boolean }): Promise<void> {
    for (const [done] of this.started.filter(([one]) => one < number)) {
      if (erase) await zeroFill(this.disk, join(this.folder, journalName(done)));
      this.started = this.started.filter(([one]) => one !== done);
      await this.reuse([journalName(done)]);
    }
  }

  /** Zero-fills the spare files and prepares one. None of them is used meanwhile. */
  async zeroFillSpare(): Promise<void> {
    const names = this.spare.splice(0);
    this.operationsOnSpare += 1;
    try {
      for (const name of names) await zeroFill(this.disk, join(this.folder, name));
    } finally {
      await this.reuse(names);
      this.operationsOnSpare -= 1;
    }
    this.prepareSpare();
    await this.preparing;
  }

  /** Continues in a new file with the first revision `from`, so that all records before it can be released. */
  async rotate(from: number): Promise<void> {
    await this.startFile(from, 0);
  }

  /** Takes files to reuse, and removes those beyond MAX_SPARE, and small ones. */
  async reuse(names: string[]): Promise<void> {
    for (const name of names) {
      const path = join(this.folder, name);
      const isSmall = ((await this.disk.size(path)) ?? 0) < this.fileBytes;
      if (this.spare.length < MAX_SPARE && !isSmall) this.spare.push(name);
      else await this.disk.remove(path);
    }
  }

  async close(): Promise<void> {
    await this.preparing;
    await this.current?.file.close();
    this.current = undefined;
  }

  private async startFile(from: number, minBytes: number, isSmall = false): Promise<void> {
    this.operationsOnSpare += 1;
    try {
      await this.openNextFile(from, minBytes, isSmall);
    } finally {
      this.operationsOnSpare -= 1;
    }
  }

  private async openNextFile(from: number, minBytes: number, isSmall: boolean): Promise<void> {
    // Once the new header may be on the disk, another record in the old file would be invalid.
    const { current } = this;
    this.current = undefined;
    await current?.file.close().catch(() => {});
    await this.preparing;
    const needed = MAX_HEADER_BYTES + minBytes;
    const { unannounced } = this;
    if (unannounced?.from === from && needed <= unannounced.size) {
      const path = join(this.folder, journalName(unannounced.number));
      await this.announce(await this.disk.open(path, 'durable'), unannounced);
      return;
    }
    const number = this.newest + 1;
    const path = join(this.folder, journalName(number));
    const reused = needed <= this.fileBytes ? this.spare.shift() : undefined;
    const own = isSmall && !reused ? Math.min(SMALL_FILE_BYTES, this.fileBytes) : this.fileBytes;
    const size = Math.max(own, needed);
    const json = encodeRecord({ journal: number, from, size } satisfies JournalHeader);
    const tag = this.disk.authenticator.tagHeader(json);
    const header = writeLine(json, tag);
    // A file gets its number only when it is complete, so that a shorter one was truncated.
    if (!reused) await createZeroFilled(this.disk, join(this.folder, NEW), size);
    await this.disk.rename(join(this.folder, reused ?? NEW), path);
    await this.disk.syncFolder(this.folder);
    const file = await this.disk.open(path, 'durable');
    try {
      if (reused) {
        // It has the size that its header states, whatever the size of files was when it was created.
        await file.write(Buffer.alloc(1), size - 1);
        await file.sync();
      }
      await file.write(header, 0);
      await file.sync();
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    this.newest = number;
    this.started.push([number, from]);
    await this.announce(file, { number, from, end: header.length, size, tag });
  }

  /** Makes durable that a file whose header is durable was started, and continues in it. */
  private async announce(file: DiskFile, started: Started): Promise<void> {
    this.unannounced = started;
    try {
      await this.onFile(started.number);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    this.unannounced = undefined;
    const { number, end, size, tag } = started;
    this.current = { file, number, end, size, tag };
  }

  /** Creates a spare file while the current one has room, so that no commit waits for megabytes of zeros. */
  private prepareSpare(): void {
    if (this.preparing || this.operationsOnSpare > 0 || this.spare.length > 0 || this.isDiskFull()) return;
    const name = 'spare.jsonl';
    this.preparing = createZeroFilled(this.disk, join(this.folder, name), this.fileBytes)
      .then(() => {
        this.spare.push(name);
      })
      // The next file is then created when it is needed, which reports the error.
      .catch(() => {})
      .finally(() => {
        this.preparing = undefined;
      });
  }
}

/** Creates a file of zeros, so that all its blocks are allocated. One that has no room is removed again. */
export async function createZeroFilled(disk: Disk, path: string, size: number): Promise<void> {
  const file = await disk.open(path, 'create');
  try {
    const zeros = Buffer.alloc(256 * 1024);
    for (let offset = 0; offset < size; offset += zeros.length) {
      await file.write(zeros.subarray(0, Math.min(zeros.length, size - offset)), offset);
    }
    await file.sync();
  } catch (error) {
    await disk.remove(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}
