import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { journalName } from '../../storage/lowdb/journal/journal.ts';
import { writeRecord } from '../../storage/lowdb/journal/journal-record.ts';
import { changesOf } from '../../storage/rows.ts';
import { journalUpTo } from './backup-journal.ts';

const SIZE = 4096;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (revision: number) =>
  writeRecord({ revision, durable: revision - 1, at: revision, ...changesOf({}) });

/** A journal file of SIZE bytes; answers how many of them its header and the lines up to `last` take. */
async function make(number: number, from: number, revisions: number[], last = Number.POSITIVE_INFINITY) {
  const header = writeRecord({ journal: number, from, size: SIZE });
  const bytes = Buffer.concat([header, ...revisions.map(line)]);
  await writeFile(
    join(folder, journalName(number)),
    Buffer.concat([bytes, Buffer.alloc(SIZE - bytes.length)]),
  );
  return revisions.filter((one) => one <= last).reduce((sum, one) => sum + line(one).length, header.length);
}
const part = (number: number, kept: number) => ({ name: journalName(number), kept, size: SIZE });

it('leaves out what was written after the revision, also in files begun since', async () => {
  const first = await make(1, 1, [1, 2, 3]);
  const second = await make(2, 4, [4, 5, 6], 5);
  await make(3, 7, [7]);
  expect(await journalUpTo(folder, [1, 2, 3], 5)).toEqual([part(1, first), part(2, second)]);
});

it('keeps a file that begins right after the revision, and none of its lines', async () => {
  const first = await make(1, 1, [1, 2, 3]);
  const second = await make(2, 4, [4], 3);
  expect(await journalUpTo(folder, [1, 2], 3)).toEqual([part(1, first), part(2, second)]);
});

it('leaves out old lines of a recycled file, and a file that is only being begun', async () => {
  const first = await make(3, 9, [9, 10, 2, 3], 10);
  await writeFile(join(folder, journalName(4)), Buffer.alloc(SIZE));
  // The lines of 2 and 3 are left over from an earlier use.
  const kept = first - line(2).length - line(3).length;
  expect(await journalUpTo(folder, [3, 4], 10)).toEqual([part(3, kept)]);
});

it('refuses a journal that does not lead to the revision', async () => {
  await make(1, 1, [1, 2]);
  await expect(journalUpTo(folder, [1], 3)).rejects.toThrow('does not lead to revision 3');
});
