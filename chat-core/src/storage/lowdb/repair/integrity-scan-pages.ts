import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { Conversation, StoredMessage } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { MESSAGES_A_PAGE, type MessagePage, pageOf } from '../pages/message-pages.ts';
import { CorruptionError, PageFile } from '../pages/page-file.ts';
import type { Note } from './integrity-scan-journal.ts';

/** A page that is not whole: what of its rows, by seq, is still there. */
export type BrokenPage = {
  conversationId: Id;
  page: number;
  /** Seqs it has to hold. */
  first: number;
  last: number;
  rows: Map<number, StoredMessage>;
  /** Revisions between which its rows were written, as far as its neighbours tell. */
  after: number;
  before: number;
};

type Header = Pick<Conversation, 'id' | 'members' | 'rev'>;

/** Looks at every message page of one conversation; a broken one is noted, and answered with the rows it still shows. */
export async function scanPages(
  disk: Disk,
  folder: string,
  header: Header,
  paged: number,
  note: Note,
): Promise<BrokenPage[]> {
  const broken: BrokenPage[] = [];
  let rev = 0;
  const isNext = (row: StoredMessage, seq: number, before: StoredMessage | undefined) =>
    row.seq === seq && isRow(row, header) && row.rev >= (before?.rev ?? 0);
  for (let page = 1; page <= pageOf(paged); page++) {
    const path = join(folder, header.id, nameOf(page));
    const first = (page - 1) * MESSAGES_A_PAGE + 1;
    const last = Math.min(paged, page * MESSAGES_A_PAGE);
    const found = await readPage(disk, path, note);
    const rows = found?.slice(0, last - first + 1) ?? [];
    const isWhole =
      rows.length === last - first + 1 && rows.every((row, at) => isNext(row, first + at, rows[at - 1]));
    const [start] = rows;
    if (isWhole && start && start.rev >= rev) {
      for (const page of broken) page.before = Math.min(page.before, start.rev);
      rev = rows.at(-1)?.rev ?? rev;
      continue;
    }
    if (found) note(path, 0, `messages ${first} to ${last} are not all there, each in its place`);
    const salvaged = await salvage(disk, path);
    const usable = salvaged.filter((row) => row.seq >= first && row.seq <= last && isRow(row, header));
    const bySeq = new Map(usable.map((row) => [row.seq, row]));
    broken.push({
      conversationId: header.id,
      page,
      first,
      last,
      rows: bySeq,
      after: rev,
      before: header.rev,
    });
  }
  return broken;
}

/** Every object of a file that reads as a row, however broken the file is around it: a row holds no braces. */
export async function salvage(disk: Disk, path: string): Promise<StoredMessage[]> {
  const text = (await disk.read(path))?.toString('utf8') ?? '';
  const rows: StoredMessage[] = [];
  for (const [candidate] of text.matchAll(/\{[^{}]*\}/g)) {
    try {
      const row = JSON.parse(candidate);
      if (Number.isSafeInteger(row.seq)) rows.push(row);
    } catch {
      // Not a whole row: it is one of those that are lost.
    }
  }
  return rows;
}

function nameOf(page: number): string {
  return `${String(page).padStart(4, '0')}.json`;
}

async function readPage(disk: Disk, path: string, note: Note): Promise<StoredMessage[] | undefined> {
  try {
    const page = await new PageFile<MessagePage>(disk, path).read();
    if (Array.isArray(page?.messages)) return page.messages;
    note(path, 0, page ? 'it is no page of messages' : 'it is missing');
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    note(path, error.offset, 'it does not read as it was written');
  }
  return undefined;
}

function isRow(row: StoredMessage, { id, members }: Header): boolean {
  const { content, kid, timestamp, rev, senderId, receiverId } = row;
  const texts = [row.id, content, kid].every((value) => typeof value === 'string');
  const numbers = [timestamp, rev].every((value) => Number.isSafeInteger(value) && value >= 0);
  const people = members.includes(senderId) && members.includes(receiverId);
  return texts && numbers && people && row.conversationId === id && row.v === 1;
}
