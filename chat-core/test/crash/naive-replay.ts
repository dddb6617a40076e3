import { join } from 'node:path';
import { Journal, journalNumber, type Starts } from '../../src/storage/lowdb/journal/journal.ts';
import {
  type JournalHeader,
  readRecord,
  scanRecords,
} from '../../src/storage/lowdb/journal/journal-record.ts';
import type { replay } from '../../src/storage/lowdb/journal/replay.ts';

/** A naive replay: it applies every readable record and skips the others. */
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
    for (const record of scanRecords(bytes, header.end)) {
      if (record.revision < header.record.from) continue;
      apply(record);
      revision = Math.max(revision, record.revision);
    }
  }
  const journal = new Journal(disk, folder, { newest, starts, current: undefined }, fileBytes);
  return { journal, revision, code: undefined, torn: undefined };
};
