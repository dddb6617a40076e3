import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { journalName } from '../../storage/lowdb/journal/journal.ts';
import {
  encodeRecord,
  type JournalHeader,
  type JournalRecord,
  writeLine,
} from '../../storage/lowdb/journal/journal-record.ts';
import { changesOf } from '../../storage/rows.ts';
import { journalUpTo } from './backup-files.ts';

const SIZE = 4096;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

const writeRecord = (record: JournalHeader | JournalRecord) => writeLine(encodeRecord(record), '');
const line = (revision: number) =>
  writeRecord({ revision, durable: revision - 1, at: revision, ...changesOf({}) });

/** A journal file of SIZE bytes; returns the bytes of its header and its records up to `last`. */
async function writeJournal(
  number: number,
  from: number,
  revisions: number[],
  last = Number.POSITIVE_INFINITY,
) {
  const header = writeRecord({ journal: number, from, size: SIZE });
  const bytes = Buffer.concat([header, ...revisions.map(line)]);
  await writeFile(
    join(folder, journalName(number)),
    Buffer.concat([bytes, Buffer.alloc(SIZE - bytes.length)]),
  );
  return revisions.filter((one) => one <= last).reduce((sum, one) => sum + line(one).length, header.length);
}
const part = (number: number, used: number) => ({ name: journalName(number), used, size: SIZE });

it('a backup’s journal leaves out records after the revision, also those in newer files', async () => {
  const first = await writeJournal(1, 1, [1, 2, 3]);
  const second = await writeJournal(2, 4, [4, 5, 6], 5);
  await writeJournal(3, 7, [7]);
  expect(await journalUpTo(folder, [1, 2, 3], 5)).toEqual([part(1, first), part(2, second)]);
});

it('a backup’s journal has the file that begins right after the revision, and none of its records', async () => {
  const first = await writeJournal(1, 1, [1, 2, 3]);
  const second = await writeJournal(2, 4, [4], 3);
  expect(await journalUpTo(folder, [1, 2], 3)).toEqual([part(1, first), part(2, second)]);
});

it('a backup’s journal leaves out old records of a recycled file, and a file that is just being created', async () => {
  const first = await writeJournal(3, 9, [9, 10, 2, 3], 10);
  await writeFile(join(folder, journalName(4)), Buffer.alloc(SIZE));
  // Records 2 and 3 are left over from an earlier use of the file.
  const used = first - line(2).length - line(3).length;
  expect(await journalUpTo(folder, [3, 4], 10)).toEqual([part(3, used)]);
});

it('a backup of a journal that does not lead to the revision is refused', async () => {
  await writeJournal(1, 1, [1, 2]);
  await expect(journalUpTo(folder, [1], 3)).rejects.toThrow('does not lead to revision 3');
});
