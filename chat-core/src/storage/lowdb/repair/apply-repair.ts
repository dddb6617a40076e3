import { basename, dirname, join, relative } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { keyedDisk } from '../disk/keyed-disk.ts';
import { journalNumber } from '../journal/journal.ts';
import { writePages } from '../maintenance/checkpoint.ts';
import { writeAgain } from '../maintenance/migrations.ts';
import { MessagePages } from '../pages/message-pages.ts';
import { endHistory, newMeta, writeMeta } from '../pages/meta.ts';
import { LAST_UNAUTHENTICATED } from '../pages/page-file.ts';
import { pagesFor, rowFile, rowPagesIn } from '../pages/row-pages.ts';
import type { IntegrityScan } from './integrity-scan.ts';

/**
 * Writes the repaired rows of a scan. It moves files that no row names to `aside`, and copies the damaged pages, the
 * journal and meta.json there, writes all rows
 * to pages, and starts an empty journal with a new meta.json, whose new epoch makes clients load everything again. After
 * an interruption it can be run again.
 */
export async function applyRepair(
  plain: Disk,
  folder: string,
  found: IntegrityScan,
  aside: string,
): Promise<void> {
  const { state, revision, at, faults, pages, meta, authenticator } = found;
  const disk = keyedDisk(plain, folder, authenticator);
  const journal = join(folder, 'journal');
  const journalFiles = (await disk.list(journal)).map((name) => join(journal, name));
  const surplus = [
    ...(await surplusPages(disk, folder, 'users', state.people.accounts.size)),
    ...(await surplusPages(disk, folder, 'conversations', [...state.conversationStates()].length)),
    ...(await unreadablePages(disk, folder, found)),
  ];
  const copied = [join(folder, 'meta.json'), ...journalFiles, ...surplus, ...faults.map(({ path }) => path)];
  for (const path of new Set(copied)) await copy(disk, path, join(aside, relative(folder, path)));

  await putFilesAside(disk, folder, found.files.unnamed, aside);
  // What was accepted gets the codes of this box.
  const accepted = [...authenticator.accepted].filter(
    (path) => path.endsWith('.json') && dirname(path) !== folder && !surplus.includes(path),
  );
  await writeAgain(disk, accepted, revision);
  const messages = new MessagePages(disk, join(folder, 'messages'));
  for (const page of pages) await messages.write([{ ...page, asOf: revision }]);
  await writePages(disk, folder, state, messages, [], 'all');
  for (const path of surplus) await disk.remove(path);
  for (const changed of new Set(surplus.map(dirname))) await disk.syncFolder(changed);
  // The numbers continue, so that no remaining old file belongs to the new journal.
  const newestJournal = Math.max(0, ...journalFiles.map((path) => journalNumber(basename(path)) ?? 0));
  const checkpoint = { revision, at, journal: newestJournal === 0 ? 0 : newestJournal + 1 };
  const { adopted, settings } = meta;
  await writeMeta(disk, folder, {
    ...newMeta(),
    // Without codes until the next start gives it all of them.
    ...(authenticator.policy === 'none' && { version: LAST_UNAUTHENTICATED }),
    checkpoint,
    counts: state.counts,
    newestJournal,
    pages: authenticator.catalog(),
    former: endHistory(meta, revision),
    ...(adopted && { adopted }),
    ...(settings && { settings }),
  });
  for (const path of journalFiles) await disk.remove(path);
  await disk.syncFolder(journal);
}

/** Old pages with higher numbers than those that are written: after the loss of a page there may be fewer. */
async function surplusPages(
  disk: Disk,
  folder: string,
  kind: 'users' | 'conversations',
  rows: number,
): Promise<string[]> {
  const numbers = await rowPagesIn(disk, folder, kind);
  return numbers.filter((number) => number > pagesFor(rows)).map((number) => rowFile(folder, kind, number));
}

/** Message pages of conversations that have no header after the repair, which each further scan would report again. */
async function unreadablePages(
  disk: Disk,
  folder: string,
  { conversations }: IntegrityScan,
): Promise<string[]> {
  const paths: string[] = [];
  for (const id of [...conversations.unreadable, ...conversations.memberless]) {
    const inside = join(folder, 'messages', id);
    const names = (await disk.list(inside)).filter((name) => name.endsWith('.json'));
    paths.push(...names.map((name) => join(inside, name)));
  }
  return paths;
}

/** Moves sealed files that no row names, since nothing opens them any more. */
async function putFilesAside(disk: Disk, folder: string, paths: string[], aside: string): Promise<void> {
  for (const path of paths) {
    const to = join(aside, relative(folder, path));
    await disk.makeFolder(dirname(to));
    await disk.rename(path, to);
    await disk.syncFolder(dirname(to));
  }
  for (const changed of new Set(paths.map(dirname))) await disk.syncFolder(changed);
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
