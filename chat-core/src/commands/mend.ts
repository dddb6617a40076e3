import { basename, dirname, join, relative } from 'node:path';
import { writePages } from '../storage/lowdb/checkpoint.ts';
import type { Disk } from '../storage/lowdb/disk.ts';
import { MessagePages } from '../storage/lowdb/message-pages.ts';
import { newMeta, writeMeta } from '../storage/lowdb/meta.ts';
import { ROWS_A_PAGE } from '../storage/lowdb/row-pages.ts';
import type { Survey } from './survey.ts';

/**
 * Writes what a survey mended. First the damaged files, the journal and meta.json are copied under `aside`; then all
 * goes into pages; then a new meta.json, with a new epoch, begins an empty journal: clients forget what they hold and
 * take the state as it is now. Stopped anywhere, it can be run again.
 */
export async function mend(disk: Disk, folder: string, found: Survey, aside: string): Promise<void> {
  const { state, revision, at, faults, pages } = found;
  const journal = join(folder, 'journal');
  const journalFiles = (await disk.list(journal)).map((name) => join(journal, name));
  const surplus = await surplusHeaders(disk, folder, found);
  const copied = [join(folder, 'meta.json'), ...journalFiles, ...surplus, ...faults.map(({ path }) => path)];
  for (const path of new Set(copied)) await copy(disk, path, join(aside, relative(folder, path)));

  const messages = new MessagePages(disk, join(folder, 'messages'));
  for (const page of pages) await messages.write([page]);
  await writePages(disk, folder, state, messages, [], 'all');
  for (const path of surplus) await disk.remove(path);
  await disk.syncFolder(join(folder, 'conversations'));
  await writeMeta(disk, folder, { ...newMeta(), checkpoint: { revision, at, journal: 0 } });
  for (const path of journalFiles) await disk.remove(path);
  await disk.syncFolder(journal);
}

/** Pages of headers beyond those that are written again: after a lost page there may be fewer. */
async function surplusHeaders(disk: Disk, folder: string, { state }: Survey): Promise<string[]> {
  const kept = Math.ceil([...state.allEntries()].length / ROWS_A_PAGE);
  return (await disk.list(join(folder, 'conversations')))
    .filter((name) => /^\d{4,}\.json$/.test(name) && Number.parseInt(name, 10) > kept)
    .map((name) => join(folder, 'conversations', name));
}

async function copy(disk: Disk, from: string, to: string): Promise<void> {
  if (!/\.jsonl?$/.test(basename(from))) return;
  const bytes = await disk.read(from);
  if (!bytes) return;
  await disk.makeFolder(dirname(to));
  const file = await disk.open(to, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(dirname(to));
}
