import { join } from 'node:path';
import type { Disk, DiskFile } from '../disk/disk.ts';
import { type JournalHeader, type JournalRecord, writeRecord } from './journal-record.ts';

/** A file is made with all its blocks, so that a commit writes data and no metadata (design §4). */
export const FILE_BYTES = 4 * 2 ** 20;
/** More than a busy box uses up between two checkpoints: a file made anew costs the flash as much as its lines. */
const MAX_SPARE = 8;
export const MAX_HEADER_BYTES = 128;
/** What is being made is not a journal file yet. */
const NEW = 'new.jsonl';

export const journalName = (number: number): string => `${String(number).padStart(8, '0')}.jsonl`;
/** The number in a journal file's name, undefined for any other name. */
export function journalNumber(name: string): number | undefined {
  const [, digits] = /^(\d{8})\.jsonl$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Where each journal file that is needed begins: its number and its first revision, ascending. */
export type Starts = [number: number, from: number][];

/** The file that is written now: where its lines end. Undefined once nothing of it can be trusted. */
export type Current = { file: DiskFile; number: number; end: number; size: number };

/**
 * The write-ahead journal: files of fixed size, one line a transaction, each file beginning with its number and its
 * first revision. A file is only ever left for a new one whose header voids whatever the old one holds from there on.
 */
export class Journal {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly fileBytes: number;
  private current: Current | undefined;
  /** Every file with lines that may still be needed. */
  private started: Starts;
  /** The highest number there is. */
  private newest: number;
  /** Files whose lines are all in pages, to be written again. */
  private spare: string[] = [];
  private preparing: Promise<void> | undefined;
  /** How often spare files are under way, to be wiped or to get their number: their names are not free meanwhile. */
  private underWay = 0;
  /** Ends when it is durable that a file with this number was begun, before anything in it is acknowledged. */
  onFile: (number: number) => Promise<void> = async () => {};

  /** Goes on where replay ended: in its last file, or with a new one. */
  constructor(
    disk: Disk,
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

  /** Where the files that may be needed begin, as of now. */
  starts(): Starts {
    return [...this.started];
  }

  /**
   * Makes lines durable, all in one file with one sync. When it throws nothing was acknowledged, and the next append
   * goes to a new file that voids what may have been written.
   */
  async append(lines: JournalRecord[]): Promise<void> {
    const [first] = lines;
    if (!first) return;
    const bytes = Buffer.concat(lines.map(writeRecord));
    if (!this.current || this.current.end + bytes.length > this.current.size) {
      await this.startFile(first.revision, bytes.length);
    }
    const { current } = this;
    if (!current) throw new Error('the journal has no file');
    try {
      await current.file.write(bytes, current.end);
      await current.file.sync();
    } catch (error) {
      // Which of its pages are on the disk is unknown, and asking again would be answered with a lie (fsyncgate).
      this.current = undefined;
      await current.file.close().catch(() => {});
      throw error;
    }
    current.end += bytes.length;
    if (current.end > current.size / 2) this.prepareSpare();
  }

  /** Files before `number` are in pages: nobody needs them any more, and with `erase` nobody can read them any more. */
  async release(number: number, { erase }: { erase: boolean }): Promise<void> {
    for (const [done] of this.started.filter(([one]) => one < number)) {
      if (erase) await zeroFill(this.disk, join(this.folder, journalName(done)));
      this.started = this.started.filter(([one]) => one !== done);
      await this.reuse([journalName(done)]);
    }
  }

  /** Wipes the spare files, and has one at hand. None of them is used meanwhile. */
  async zeroFillSpare(): Promise<void> {
    const names = this.spare.splice(0);
    this.underWay += 1;
    try {
      for (const name of names) await zeroFill(this.disk, join(this.folder, name));
    } finally {
      await this.reuse(names);
      this.underWay -= 1;
    }
    this.prepareSpare();
    await this.preparing;
  }

  /** Goes on in another file, whose first revision is `from`: all lines before it can be released. */
  async leaveFile(from: number): Promise<void> {
    await this.startFile(from, 0);
  }

  /** Takes files to be written again, and removes them when there are plenty. */
  async reuse(names: string[]): Promise<void> {
    for (const name of names) {
      if (this.spare.length < MAX_SPARE) this.spare.push(name);
      else await this.disk.remove(join(this.folder, name));
    }
  }

  async close(): Promise<void> {
    await this.preparing;
    await this.current?.file.close();
    this.current = undefined;
  }

  private async startFile(from: number, least: number): Promise<void> {
    this.underWay += 1;
    try {
      await this.goOnInNewFile(from, least);
    } finally {
      this.underWay -= 1;
    }
  }

  private async goOnInNewFile(from: number, least: number): Promise<void> {
    // Once the new header may be on the disk, a line more in the old file would be void.
    const { current } = this;
    this.current = undefined;
    await current?.file.close().catch(() => {});
    await this.preparing;
    const number = this.newest + 1;
    const path = join(this.folder, journalName(number));
    const size = Math.max(this.fileBytes, MAX_HEADER_BYTES + least);
    const header = writeRecord({ journal: number, from, size } satisfies JournalHeader);
    const old = size === this.fileBytes ? this.spare.shift() : undefined;
    // Under its number a file is whole from the first: what is found shorter there was cut.
    if (!old) await createZeroFilled(this.disk, join(this.folder, NEW), size);
    await this.disk.rename(join(this.folder, old ?? NEW), path);
    await this.disk.syncFolder(this.folder);
    const file = await this.disk.open(path, 'durable');
    try {
      if (old) {
        // It has the length its header will promise, whatever the size of files was when it was made.
        await file.write(Buffer.alloc(1), size - 1);
        await file.sync();
      }
      await file.write(header, 0);
      await file.sync();
      await this.onFile(number);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    this.newest = number;
    this.started.push([number, from]);
    this.current = { file, number, end: header.length, size };
  }

  /** While the current file has room left, so that no sender waits for megabytes of zeros. */
  private prepareSpare(): void {
    if (this.preparing || this.underWay > 0 || this.spare.length > 0) return;
    const name = 'spare.jsonl';
    this.preparing = createZeroFilled(this.disk, join(this.folder, name), this.fileBytes)
      .then(() => {
        this.spare.push(name);
      })
      // The next file is then made when it is needed, and says what is wrong.
      .catch(() => {})
      .finally(() => {
        this.preparing = undefined;
      });
  }
}

const CHUNK_BYTES = 64 * 1024;

/** Fills a file with zeros, durably; where it has nothing else it is not written. */
export async function zeroFill(disk: Disk, path: string): Promise<void> {
  const bytes = await disk.read(path);
  if (!bytes) return;
  const zeros = Buffer.alloc(CHUNK_BYTES);
  const dirty: number[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    if (!chunk.equals(zeros.subarray(0, chunk.length))) dirty.push(at);
  }
  if (dirty.length === 0) return;
  const file = await disk.open(path, 'update');
  try {
    for (const at of dirty) await file.write(zeros.subarray(0, Math.min(CHUNK_BYTES, bytes.length - at)), at);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a file of zeros, whose blocks are all there. */
export async function createZeroFilled(disk: Disk, path: string, size: number): Promise<void> {
  const file = await disk.open(path, 'create');
  try {
    const zeros = Buffer.alloc(256 * 1024);
    for (let at = 0; at < size; at += zeros.length) {
      await file.write(zeros.subarray(0, Math.min(zeros.length, size - at)), at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
