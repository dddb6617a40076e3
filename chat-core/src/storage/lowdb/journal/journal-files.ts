import { join } from 'node:path';
import type { Epoch } from '../disk/authenticator.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import type { DamageHandler } from '../pages/page-file.ts';
import { journalName, journalNumber, MAX_HEADER_BYTES } from './journal.ts';
import { type JournalHeader, type JournalRecord, readRecord, scanRecords } from './journal-record.ts';

/** A file on the disk. `from` is its first revision, absent where its header is not its own. */
export type JournalFile = {
  path: string;
  number: number;
  bytes: Buffer;
  /** Bytes it has at least, and where its records begin. */
  size: number;
  start: number;
  from: number | undefined;
  /** The authentication code of its header, and the history in which it was begun, if that is authentic. */
  tag: string;
  epoch: Epoch | undefined;
};
export type StartedFile = JournalFile & { from: number };

/** The files of the journal from this number on, in the order of their numbers. */
export async function readFiles(disk: KeyedDisk, folder: string, first: number): Promise<JournalFile[]> {
  const files: JournalFile[] = [];
  for (const name of await disk.list(folder)) {
    const number = journalNumber(name);
    if (number === undefined || number < first) continue;
    const path = join(folder, name);
    const bytes = (await disk.read(path)) ?? Buffer.alloc(0);
    const header = readRecord<JournalHeader>(bytes, 0);
    const isOwn = header?.record.journal === number;
    const { tag = '' } = isOwn ? header : {};
    files.push({
      path,
      number,
      bytes,
      tag,
      epoch: isOwn ? disk.authenticator.epochOfHeader(header.json, tag, header.record.from) : undefined,
      size: isOwn ? header.record.size : MAX_HEADER_BYTES,
      start: isOwn ? header.end : 0,
      from: isOwn ? header.record.from : undefined,
    });
  }
  return files;
}

/** Whether a file has its own header. */
export function isStarted(file: JournalFile): file is StartedFile {
  return file.from !== undefined;
}

/**
 * Reports files that are missing, cut, or without the header they had. The newest file may lack a header: power went
 * between naming the file and writing it. @returns the files whose header was lost, and whether the newest is among them
 */
export function checkFiles(
  files: JournalFile[],
  folder: string,
  { first, newest }: { first: number; newest: number },
  report: DamageHandler,
): { broken: Set<JournalFile>; isEndLost: boolean } {
  const broken = new Set<JournalFile>();
  const newestStart = files.findLast(isStarted);
  for (const file of files) {
    if (file.bytes.length < file.size) report(file.path, file.bytes.length, 'its end is missing');
    if (isStarted(file)) continue;
    const wasBegun = file.number <= Math.max(newest, newestStart?.number ?? 0);
    // A record written after the newest file was begun proves that this one had a header too.
    const isNewer = ({ durable }: JournalRecord) => durable >= (newestStart?.from ?? 0);
    if (!wasBegun && !scanRecords(file.bytes, 0).some(isNewer)) continue;
    broken.add(file);
    report(file.path, 0, 'its header does not hold');
  }
  for (let number = Math.max(first, 1); number <= newest; number++) {
    if (files.some((file) => file.number === number)) continue;
    report(join(folder, journalName(number)), 0, 'it is missing');
  }
  return { broken, isEndLost: newest >= Math.max(first, 1, (newestStart?.number ?? 0) + 1) };
}

/** Frees a file's bytes at once: memory outside the heap, up to 64 MB here, hardly ever triggers V8's collector. */
export function freeBuffer(bytes: Buffer): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) buffer.transfer(0);
}
