import { join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { CorruptionError } from '../pages/page-file.ts';
import { UnknownConversation } from '../state/state.ts';
import {
  type Current,
  Journal,
  journalName,
  journalNumber,
  MAX_HEADER_BYTES,
  type Starts,
} from './journal.ts';
import { type JournalHeader, type JournalRecord, readRecord, scanRecords } from './journal-record.ts';

/** What replay found: the revision reached, and the bytes of a torn end that were cut. */
export type Replayed = {
  journal: Journal;
  revision: number;
  torn: { path: string; offset: number } | undefined;
};

type Part = { path: string; number: number; bytes: Buffer; from: number; start: number };

/**
 * Reads the journal from file `first` on, hands each line to `apply` in order, and opens it for writing. Each file
 * holds good up to the first revision of the next; only the last may end torn, and that is cut.
 * @throws CorruptionError naming file and offset when lines are missing that were acknowledged
 */
export async function replay(
  disk: Disk,
  folder: string,
  from: { first: number; revision: number; newest: number },
  apply: (line: JournalRecord) => void,
  fileBytes?: number,
): Promise<Replayed> {
  const { parts, started } = await readParts(disk, folder, from.first);
  for (let number = Math.max(from.first, 1); number <= from.newest; number++) {
    if (parts.some((part) => part.number === number)) continue;
    const path = join(folder, journalName(number));
    throw new CorruptionError(path, 0, started.has(path) ? 'its header does not hold' : 'it is missing');
  }
  let next = parts[0]?.from ?? from.revision + 1;
  if (next > from.revision + 1) throw missing(folder, from.first, from.revision + 1);

  let torn: Replayed['torn'];
  let end = 0;
  let lastWrite = { at: 0, durable: -1 };
  for (const [index, part] of parts.entries()) {
    const until = parts[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    let at = part.start;
    lastWrite = { at: 0, durable: -1 };
    for (
      let found = readRecord<JournalRecord>(part.bytes, at);
      found;
      found = readRecord<JournalRecord>(part.bytes, at)
    ) {
      if (found.record.revision !== next || next >= until) break;
      applyLine(found.record, apply, part.path, at);
      const { durable } = found.record;
      if (durable !== lastWrite.durable) lastWrite = { at, durable };
      next += 1;
      at = found.end;
    }
    if (until !== Number.POSITIVE_INFINITY) {
      if (next !== until) throw new CorruptionError(part.path, at, `revision ${next} is missing`);
      continue;
    }
    end = at;
    torn = await cutTornEnd(disk, part, at, next);
  }
  if (next <= from.revision) throw missing(folder, from.first, next);
  const last = parts.at(-1);
  const current = last && (await reopen(disk, last, lastWrite.at, end));
  for (const { bytes } of parts) giveBack(bytes);
  const newest = last?.number ?? Math.max(from.first - 1, 0);
  const starts: Starts = parts.map(({ number, from: revision }) => [number, revision]);
  const journal = new Journal(disk, folder, { newest, starts, current }, fileBytes);
  return { journal, revision: next - 1, torn };
}

/**
 * Opens the last file to go on at `end`. Its last write is written again: a process that was killed, or whose sync
 * failed, may have left it in the system's cache alone, where it is read like what is durable and lost like what is not.
 */
async function reopen(
  disk: Disk,
  { path, number, bytes }: Part,
  lastWrite: number,
  end: number,
): Promise<Current> {
  const again = await disk.open(path, 'update');
  try {
    await again.write(bytes.subarray(lastWrite, end), lastWrite);
    await again.sync();
  } finally {
    await again.close();
  }
  return { file: await disk.open(path, 'durable'), number, end, size: bytes.length };
}

/** Gives a file's bytes back at once: what lies outside the heap, up to 64 MB here, hardly ever moves V8 to collect it. */
function giveBack(bytes: Buffer): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) buffer.transfer(0);
}

/** A line that speaks of what is not there was written over pages that are lost. */
function applyLine(
  line: JournalRecord,
  apply: (line: JournalRecord) => void,
  path: string,
  at: number,
): void {
  try {
    apply(line);
  } catch (error) {
    if (!(error instanceof UnknownConversation)) throw error;
    throw new CorruptionError(path, at, error.message);
  }
}

/** The files from `first` on whose header is their own, and the paths of those that have none. */
async function readParts(
  disk: Disk,
  folder: string,
  first: number,
): Promise<{ parts: Part[]; started: Set<string> }> {
  const parts: Part[] = [];
  const started: { path: string; bytes: Buffer }[] = [];
  for (const number of (await numbersIn(disk, folder)).filter((one) => one >= first)) {
    const path = join(folder, journalName(number));
    const bytes = (await disk.read(path)) ?? Buffer.alloc(0);
    const header = readRecord<JournalHeader>(bytes, 0);
    if (header?.record.journal !== number) {
      if (bytes.length < MAX_HEADER_BYTES)
        throw new CorruptionError(path, bytes.length, 'its end is missing');
      started.push({ path, bytes });
      continue;
    }
    const { from, size } = header.record;
    if (bytes.length < size) throw new CorruptionError(path, bytes.length, 'its end is missing');
    const [unfinished] = started;
    // A file is only followed by another once its header was durable.
    if (unfinished) throw new CorruptionError(unfinished.path, 0, 'its header does not hold');
    parts.push({ path, number, bytes, from, start: header.end });
  }
  const newest = parts.at(-1);
  for (const { path, bytes } of started) {
    // Power went between naming a file and its header: it holds nothing newer than the file before it.
    const newer = scanRecords(bytes, 0).find(({ durable }) => durable >= (newest?.from ?? 0));
    if (newer) throw new CorruptionError(path, 0, 'its header does not hold');
  }
  return { parts, started: new Set(started.map(({ path }) => path)) };
}

/**
 * Past the last good line: old lines of a recycled file, zeros, or pieces of a write that nobody was told of. A line
 * written after the missing one was durable proves damage instead; pieces that could be taken for lines are cleared.
 */
async function cutTornEnd(disk: Disk, part: Part, at: number, next: number): Promise<Replayed['torn']> {
  const pieces = [...scanRecords(part.bytes, at)].filter(({ revision }) => revision >= next);
  if (pieces.some(({ durable }) => durable >= next)) {
    throw new CorruptionError(part.path, at, `revision ${next} is missing, though later ones are there`);
  }
  if (pieces.length === 0) return undefined;
  const file = await disk.open(part.path, 'update');
  try {
    await file.write(Buffer.alloc(part.bytes.length - at), at);
    await file.sync();
  } finally {
    await file.close();
  }
  return { path: part.path, offset: at };
}

async function numbersIn(disk: Disk, folder: string): Promise<number[]> {
  return (await disk.list(folder)).map(journalNumber).filter((number) => number !== undefined);
}

function missing(folder: string, first: number, revision: number): CorruptionError {
  return new CorruptionError(join(folder, journalName(first)), 0, `revision ${revision} is missing`);
}
