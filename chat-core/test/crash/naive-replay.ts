import { join } from 'node:path';
import { Journal, journalNumber, type Starts } from '../../src/storage/lowdb/journal/journal.ts';
import {
  type JournalHeader,
  readRecord,
  scanRecords,
} from '../../src/storage/lowdb/journal/journal-record.ts';
import type { replay } from '../../src/storage/lowdb/journal/replay.ts';

/** A replay as one writes it first: every line that can be read is right, and what cannot be read is skipped. */
export const naiveReplay: typeof replay = async (disk, folder, from, apply, fileBytes) => {
  let { revision } = from;
  let newest = Math.max(from.first - 1, 0);
  const starts: Starts = [];
  for (const name of await disk.list(folder)) {
    const number = journalNumber(name) ?? 0;
    const bytes = (await disk.read(join(folder, name))) ?? Buffer.alloc(0);
    const header = readRecord<JournalHeader>(bytes, 0);
    if (number < from.first || header?.record.journal !== number) continue;
    newest = number;
    starts.push([number, header.record.from]);
    for (const line of scanRecords(bytes, header.end)) {
      if (line.revision < header.record.from) continue;
      apply(line);
      revision = Math.max(revision, line.revision);
    }
  }
  const journal = new Journal(disk, folder, { newest, starts, current: undefined }, fileBytes);
  return { journal, revision, torn: undefined };
};
