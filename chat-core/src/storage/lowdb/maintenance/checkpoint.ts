import { join } from 'node:path';
import { Low } from 'lowdb';
import type { Id } from '../../../wire/wire.ts';
import type { StoredInvite } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { FILE_BYTES, type Starts } from '../journal/journal.ts';
import {
  MESSAGES_A_PAGE,
  type MessagePages,
  type NewPage,
  pageOf,
  readRange,
} from '../pages/message-pages.ts';
import { PageFile } from '../pages/page-file.ts';
import { Pictures } from '../pages/pictures.ts';
import { ROWS_A_PAGE, type RowKind, rowFile } from '../pages/row-pages.ts';
import { oldestUnpaged, type PagedHeader } from '../state/conversation-state.ts';
import type { PagedAccount } from '../state/people-state.ts';
import type { State } from '../state/state.ts';

/** Journal that is kept for young tails, in files: 16 MB. */
export const KEPT_FILES = (16 * 2 ** 20) / FILE_BYTES;

/** So many message pages take their names together. */
const PAGES_TOGETHER = 32;

/** Which tails shorter than a page are written too: those that hold back more journal than is kept, or all. */
export type Tails = 'old' | 'all';

/**
 * Writes full message pages, those in which a row changed, and the tails that hold back more journal than is kept (or all
 * tails); then the pages of people and headers that changed. A row may be newer than the checkpoint's revision: replay gives the same result over it.
 * @returns the first journal file that is still needed
 */
export async function writePages(
  disk: Disk,
  folder: string,
  state: State,
  pages: MessagePages,
  starts: Starts,
  tails: Tails = 'old',
): Promise<number> {
  const keepFrom = tails === 'all' ? Number.POSITIVE_INFINITY : (starts.at(-KEPT_FILES)?.[1] ?? 0);
  const due = duePages(state, keepFrom);
  while (due.length > 0) {
    const together = due.splice(0, PAGES_TOGETHER);
    const whole = await Promise.all(together.map((one) => wholePage(state, pages, one)));
    await pages.write(whole);
    for (const { conversationId, messages } of whole) state.markPaged(conversationId, messages);
  }
  const pictures = new Pictures(disk, join(folder, 'pictures'));
  await writeChanged(state.changed.pictures, (userId) => pictures.write(state, userId));
  const upTo = (page: number, { length }: unknown[]) => (page - 1) * ROWS_A_PAGE + length;
  await writeChanged(state.changed.users, async (page) => {
    const users: PagedAccount[] = state.people.on(page);
    await writeRows(disk, folder, 'users', page, { users });
    state.count({ users: upTo(page, users) });
  });
  await writeChanged(state.changed.conversations, async (page) => {
    const conversations: PagedHeader[] = state.headersOf(page);
    await writeRows(disk, folder, 'conversations', page, { conversations });
    state.count({ conversations: upTo(page, conversations) });
  });
  await writeChanged(state.changed.invites, async (page) => {
    const invites: StoredInvite[] = state.invites();
    await writeRows(disk, folder, 'invites', page, { invites });
    state.count({ invitePages: page });
  });
  return neededFrom(state, starts);
}

async function wholePage(
  state: State,
  pages: MessagePages,
  { id, page, first, last }: DuePage,
): Promise<NewPage> {
  const entry = state.entry(id);
  return { conversationId: id, page, messages: entry ? await readRange(pages, entry, first, last) : [] };
}

/** What changes while a page is written stays marked for the next checkpoint, and so does a page that failed. */
async function writeChanged<T>(changed: Set<T>, write: (page: T) => Promise<void>): Promise<void> {
  for (const page of [...changed]) {
    changed.delete(page);
    try {
      await write(page);
    } catch (error) {
      changed.add(page);
      throw error;
    }
  }
}

/** A message page to write: all its rows, up to `last`. */
type DuePage = { id: Id; page: number; first: number; last: number };

function duePages(state: State, keepFrom: number): DuePage[] {
  const due: DuePage[] = [];
  for (const { header, paged, tail, overlay } of state.conversationStates()) {
    const numbers = new Set([...overlay.keys()].map(pageOf));
    const [oldest] = tail;
    const full = header.lastSeq - (header.lastSeq % MESSAGES_A_PAGE);
    const upTo = Math.max(paged, oldest && oldest.rev < keepFrom ? header.lastSeq : full);
    if (upTo > paged) for (let page = pageOf(paged + 1); page <= pageOf(upTo); page++) numbers.add(page);
    for (const page of [...numbers].sort((a, b) => a - b)) {
      const first = (page - 1) * MESSAGES_A_PAGE + 1;
      due.push({ id: header.id, page, first, last: Math.min(upTo, page * MESSAGES_A_PAGE) });
    }
  }
  return due;
}

async function writeRows<T>(disk: Disk, folder: string, kind: RowKind, page: number, rows: T): Promise<void> {
  await new Low<T>(new PageFile<T>(disk, rowFile(folder, kind, page)), rows).write();
}

/** The journal file that holds the oldest row which is in no page. */
function neededFrom(state: State, starts: Starts): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const entry of state.conversationStates()) oldest = Math.min(oldest, oldestUnpaged(entry));
  const needed = starts.findLast(([, from]) => from <= oldest);
  return needed?.[0] ?? starts[0]?.[0] ?? 0;
}
