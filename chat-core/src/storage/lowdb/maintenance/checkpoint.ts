import { join } from 'node:path';
import { Low } from 'lowdb';
import type { Id } from '../../../wire/wire.ts';
import type { StoredInvite, UploadRow } from '../../store.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { FILE_BYTES, type Starts } from '../journal/journal.ts';
import type { AttachmentFolder } from '../pages/attachment-folder.ts';
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

/** Number of journal files that stay for the tails of conversations: 16 MB. */
export const RETAINED_FILES = (16 * 2 ** 20) / FILE_BYTES;

/** Number of message pages in one atomic batch. */
const PAGES_A_BATCH = 32;

/** Which tails shorter than a page a checkpoint writes: those with records older than RETAINED_FILES, or all. */
export type Tails = 'old' | 'all';

/**
 * Writes the message pages that are full or changed, and old tails (or all tails), then the changed pages of people,
 * headers and invites. A row may be newer than the checkpoint's revision: replay over it gives the same result.
 * @returns the first journal file that is still needed
 */
export async function writePages(
  disk: KeyedDisk,
  folder: string,
  state: State,
  pages: MessagePages,
  starts: Starts,
  tails: Tails = 'old',
): Promise<number> {
  const retainedFrom = tails === 'all' ? Number.POSITIVE_INFINITY : (starts.at(-RETAINED_FILES)?.[1] ?? 0);
  const due = duePages(state, retainedFrom);
  while (due.length > 0) {
    const batch = due.splice(0, PAGES_A_BATCH);
    const asOf = disk.authenticator.revision;
    const read = await Promise.all(batch.map((one) => readDuePage(state, pages, one, asOf)));
    // A group that was deleted meanwhile has no messages.
    const pagesToWrite = read.filter(({ messages }) => messages.length > 0);
    await pages.write(pagesToWrite);
    for (const written of pagesToWrite) state.markPaged(written.conversationId, written);
  }
  const pictures = new Pictures(disk, join(folder, 'pictures'));
  await writeChanged(state.changed.pictures, (id) => pictures.write(state, id));
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
  await writeChanged(state.changed.uploads, async (page) => {
    const uploads: UploadRow[] = state.uploads();
    await writeRows(disk, folder, 'uploads', page, { uploads });
    state.count({ uploadPages: page });
  });
  return firstNeededFile(state, starts);
}

async function readDuePage(
  state: State,
  pages: MessagePages,
  { id, page, first, last }: DuePage,
  asOf: number,
): Promise<NewPage> {
  const conversation = state.conversationState(id);
  const messages = conversation ? await readRange(pages, conversation, first, last) : [];
  return { conversationId: id, page, messages, asOf };
}

/** Writes changed pages. A page that changes during its write, or whose write fails, stays marked as changed. */
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

/** A message page to write, with the seqs from `first` to `last`. */
type DuePage = { id: Id; page: number; first: number; last: number };

function duePages(state: State, retainedFrom: number): DuePage[] {
  const due: DuePage[] = [];
  for (const { header, paged, tail, overlay } of state.conversationStates()) {
    const numbers = new Set([...overlay.keys()].map(pageOf));
    const [oldest] = tail;
    const full = header.lastSeq - (header.lastSeq % MESSAGES_A_PAGE);
    const upTo = Math.max(paged, oldest && oldest.rev < retainedFrom ? header.lastSeq : full);
    if (upTo > paged) for (let page = pageOf(paged + 1); page <= pageOf(upTo); page++) numbers.add(page);
    for (const page of [...numbers].sort((a, b) => a - b)) {
      const first = (page - 1) * MESSAGES_A_PAGE + 1;
      due.push({ id: header.id, page, first, last: Math.min(upTo, page * MESSAGES_A_PAGE) });
    }
  }
  return due;
}

async function writeRows<T>(
  disk: KeyedDisk,
  folder: string,
  kind: RowKind,
  page: number,
  rows: T,
): Promise<void> {
  await new Low<T>(new PageFile<T>(disk, rowFile(folder, kind, page)), rows).write();
}

/** Removes the files of deleted groups and erases their message pages. Their headers in pages, or the journal, say that they are deleted. */
export async function eraseDeletedGroups(
  state: State,
  pages: MessagePages,
  files: AttachmentFolder,
): Promise<void> {
  for (const id of [...state.unerased]) {
    await files.removeAll(id);
    await pages.erase(id);
    state.unerased.delete(id);
  }
}

/** The journal file with the oldest row that is in no page. */
function firstNeededFile(state: State, starts: Starts): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const conversation of state.conversationStates())
    oldest = Math.min(oldest, oldestUnpaged(conversation));
  const needed = starts.findLast(([, from]) => from <= oldest);
  return needed?.[0] ?? starts[0]?.[0] ?? 0;
}
