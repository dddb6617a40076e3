import { basename, dirname, join, relative } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { journalNumber } from '../journal/journal.ts';
import { writePages } from '../maintenance/checkpoint.ts';
import { MessagePages } from '../pages/message-pages.ts';
import { newMeta, writeMeta } from '../pages/meta.ts';
import { pagesFor, rowFile, rowPagesIn } from '../pages/row-pages.ts';
import type { IntegrityScan } from './integrity-scan.ts';

/**
 * Writes what a scan mended. First the damaged files, the journal and meta.json are copied under `aside`; then all
 * goes into pages; then a new meta.json, with a new epoch, begins an empty journal: clients forget what they hold and
 * take the state as it is now. Stopped anywhere, it can be run again.
 */
export async function applyRepair(
  disk: Disk,
  folder: string,
  found: IntegrityScan,
  aside: string,
): Promise<void> {
  const { state, revision, at, faults, pages } = found;
  const journal = join(folder, 'journal');
  const journalFiles = (await disk.list(journal)).map((name) => join(journal, name));
  const surplus = [
    ...(await surplusPages(disk, folder, 'users', state.people.accounts.size)),
    ...(await surplusPages(disk, folder, 'conversations', [...state.conversationStates()].length)),
    ...(await unreadablePages(disk, folder, found)),
  ];
  const copied = [join(folder, 'meta.json'), ...journalFiles, ...surplus, ...faults.map(({ path }) => path)];
  for (const path of new Set(copied)) await copy(disk, path, join(aside, relative(folder, path)));

  const messages = new MessagePages(disk, join(folder, 'messages'));
  for (const page of pages) await messages.write([page]);
  await writePages(disk, folder, state, messages, [], 'all');
  for (const path of surplus) await disk.remove(path);
  for (const changed of new Set(surplus.map(dirname))) await disk.syncFolder(changed);
  // Numbers go on, so that whatever is left of the old files is none of the new journal.
  const newestJournal = Math.max(0, ...journalFiles.map((path) => journalNumber(basename(path)) ?? 0));
  const checkpoint = { revision, at, journal: newestJournal === 0 ? 0 : newestJournal + 1 };
  await writeMeta(disk, folder, { ...newMeta(), checkpoint, counts: state.counts, newestJournal });
  for (const path of journalFiles) await disk.remove(path);
  await disk.syncFolder(journal);
}

/** Pages beyond those that are written again: after a lost page there may be fewer. */
async function surplusPages(
  disk: Disk,
  folder: string,
  kind: 'users' | 'conversations',
  rows: number,
): Promise<string[]> {
  const numbers = await rowPagesIn(disk, folder, kind);
  return numbers.filter((number) => number > pagesFor(rows)).map((number) => rowFile(folder, kind, number));
}

/** Pages of conversations that nothing names and of which nothing reads: they would be found again each time. */
async function unreadablePages(
  disk: Disk,
  folder: string,
  { conversations }: IntegrityScan,
): Promise<string[]> {
  const paths: string[] = [];
  for (const id of conversations.unreadable) {
    const inside = join(folder, 'messages', id);
    const names = (await disk.list(inside)).filter((name) => name.endsWith('.json'));
    paths.push(...names.map((name) => join(inside, name)));
  }
  return paths;
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
