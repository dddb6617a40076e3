import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { journalName } from '../../storage/lowdb/journal/journal.ts';
import {
  type JournalHeader,
  type JournalRecord,
  readRecord,
} from '../../storage/lowdb/journal/journal-record.ts';

/** A journal file of `size` bytes, of which the first `kept` are wanted. */
export type JournalPart = { name: string; kept: number; size: number };

/**
 * The journal up to a revision: of each file its header and its lines one after the other, without what a held store
 * adds meanwhile, and without old lines of a recycled file: zeros stand in their place, since a file that is shorter than its header says counts as cut.
 * @throws Error when it does not lead to the revision
 */
export async function journalUpTo(
  folder: string,
  numbers: number[],
  revision: number,
): Promise<JournalPart[]> {
  const parts: JournalPart[] = [];
  let reached: number | undefined;
  for (const number of numbers) {
    const name = journalName(number);
    const bytes = await readFile(join(folder, name));
    const header = readRecord<JournalHeader>(bytes, 0);
    // A file that is being begun, or was begun after the revision, holds nothing of it.
    if (header?.record.journal !== number || header.record.from > revision + 1) continue;
    let next = header.record.from;
    let { end } = header;
    for (
      let line = readRecord<JournalRecord>(bytes, end);
      line?.record.revision === next && next <= revision;
      line = readRecord<JournalRecord>(bytes, end)
    ) {
      next += 1;
      end = line.end;
    }
    parts.push({ name, kept: end, size: bytes.length });
    reached = next - 1;
  }
  if (reached !== undefined && reached !== revision)
    throw new Error(`The journal in ${folder} does not lead to revision ${revision}: run npm run verify.`);
  return parts;
}
