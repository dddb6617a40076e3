import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { Disk } from '../disk/disk.ts';
import { journalName, journalNumber, MAX_HEADER_BYTES } from '../journal/journal.ts';
import {
  type JournalHeader,
  type JournalRecord,
  readRecord,
  scanRecords,
} from '../journal/journal-record.ts';

/** Told of something that is not as it was written. */
export type Note = (path: string, offset: number, what: string) => void;

/** Where the journal goes on from what pages hold, and its newest file. */
export type JournalFrom = { journal: number; revision: number; newest: number };

type Part = {
  path: string;
  number: number;
  bytes: Buffer;
  size: number;
  from: number | undefined;
  start: number;
};

/**
 * Reads what the journal still holds, by the rules of replay, and goes on where replay refuses: of a damaged file every
 * line that is whole is handed on, in order. Lines voided by a later file and the torn end are left out, as replay does.
 * @returns the last revision found, the revisions that are missing, and whether its end is: how much came after is not known
 */
export async function scanJournal(
  disk: Disk,
  folder: string,
  checkpoint: JournalFrom,
  note: Note,
  apply: (line: JournalRecord) => void,
): Promise<{ revision: number; missing: number[]; isEndLost: boolean }> {
  const parts = await readParts(disk, folder, checkpoint.journal);
  let isEndLost = false;
  for (let number = Math.max(checkpoint.journal, 1); number <= checkpoint.newest; number++) {
    const found = parts.find((part) => part.number === number);
    if (!found) note(join(folder, journalName(number)), 0, 'it is missing');
    isEndLost ||=
      found?.from === undefined && !parts.some((one) => one.number > number && one.from !== undefined);
  }
  const missing: number[] = [];
  let next = parts.find(({ from }) => from !== undefined)?.from ?? checkpoint.revision + 1;
  if (next > checkpoint.revision + 1) {
    note(join(folder, journalName(checkpoint.journal)), 0, `revision ${checkpoint.revision + 1} is missing`);
  }
  for (const [index, part] of parts.entries()) {
    if (part.bytes.length < part.size) note(part.path, part.bytes.length, 'its end is missing');
    const later = parts.slice(index + 1).find(({ from }) => from !== undefined);
    const until = later?.from ?? Number.POSITIVE_INFINITY;
    let at = part.start;
    if (part.from !== undefined) {
      next = part.from;
      for (
        let found = readRecord<JournalRecord>(part.bytes, at);
        found;
        found = readRecord<JournalRecord>(part.bytes, at)
      ) {
        if (found.record.revision !== next || next >= until) break;
        apply(found.record);
        next += 1;
        at = found.end;
      }
    }
    const pieces = piecesOf(part, at, next, until);
    // The header of the newest file may never have been written; lines after it prove that it was.
    const isHeadless =
      part.from === undefined &&
      (later !== undefined || pieces.length > 0 || part.number <= checkpoint.newest);
    const isCut = later ? next < until : pieces.some(({ durable }) => durable >= next);
    if (!isHeadless && !isCut) continue;
    const gone: number[] = [];
    for (const line of pieces) {
      for (; next < line.revision; next++) gone.push(next);
      apply(line);
      next = line.revision + 1;
    }
    if (later) for (; next < until; next++) gone.push(next);
    const what =
      part.from === undefined ? 'its header does not hold' : `revision ${rangesOf(gone)} is missing`;
    note(part.path, at, what);
    missing.push(...gone);
  }
  return { revision: Math.max(next - 1, checkpoint.revision), missing, isEndLost };
}

/** Conversations that the journal itself begins: their header need not be in a page yet. */
export async function conversationsIn(disk: Disk, folder: string, from: JournalFrom): Promise<Set<Id>> {
  const ids = new Set<Id>();
  const nothing = () => {};
  await scanJournal(disk, folder, from, nothing, (line) => {
    for (const { id } of line.conversations) ids.add(id);
  });
  return ids;
}

/** Numbers as a person writes them: 3, 5–8. */
export function rangesOf(numbers: number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

function piecesOf(part: Part, at: number, from: number, until: number): JournalRecord[] {
  const found = new Map<number, JournalRecord>();
  for (const line of scanRecords(part.bytes, at)) {
    if (line.revision >= from && line.revision < until) found.set(line.revision, line);
  }
  return [...found.values()].sort((a, b) => a.revision - b.revision);
}

async function readParts(disk: Disk, folder: string, first: number): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of await disk.list(folder)) {
    const number = journalNumber(name);
    if (number === undefined || number < first) continue;
    const path = join(folder, name);
    const bytes = (await disk.read(path)) ?? Buffer.alloc(0);
    const header = readRecord<JournalHeader>(bytes, 0);
    const isOwn = header?.record.journal === number;
    parts.push({
      path,
      number,
      bytes,
      size: isOwn ? header.record.size : MAX_HEADER_BYTES,
      from: isOwn ? header.record.from : undefined,
      start: isOwn ? header.end : 0,
    });
  }
  return parts;
}
