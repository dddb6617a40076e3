import { join } from 'node:path';
import type { Disk } from '../storage/lowdb/disk.ts';
import { pageOf } from '../storage/lowdb/message-pages.ts';
import { Damage, PageFile } from '../storage/lowdb/page-file.ts';
import type { State } from '../storage/lowdb/state.ts';
import type { Conversation, StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire.ts';
import { salvage } from './survey-pages.ts';

/** Rows of all pages of a kind that read; the others are noted. */
export async function rowsOf<Row>(
  disk: Disk,
  folder: string,
  kind: 'users' | 'conversations' | 'invites',
  note: (path: string, offset: number, what: string) => void,
): Promise<Row[]> {
  const names = (await disk.list(join(folder, kind))).filter((name) => /^\d{4,}\.json$/.test(name));
  const numbers = names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
  const rows: Row[] = [];
  for (let number = 1; number <= (numbers.at(-1) ?? 0); number++) {
    const path = join(folder, kind, `${String(number).padStart(4, '0')}.json`);
    try {
      const page = await new PageFile<Record<string, Row[]>>(disk, path).read();
      const found = page?.[kind];
      if (Array.isArray(found)) rows.push(...found);
      else note(path, 0, page ? `it is no page of ${kind}` : 'it is missing');
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      note(path, error.offset, 'it does not read as it was written');
    }
  }
  return rows;
}

/** Where a page of headers is gone, the messages say who talked to whom. */
export async function rebuildHeaders(disk: Disk, messages: string, state: State): Promise<void> {
  for (const id of await disk.list(messages)) {
    if (state.entry(id)) continue;
    const folder = join(messages, id);
    const rows: StoredMessage[] = [];
    for (const name of await disk.list(folder)) {
      const found = await salvage(disk, join(folder, name));
      // A row that names another place than its own says nothing about how long the history is.
      const isInPlace = ({ conversationId, seq }: StoredMessage) =>
        conversationId === id && pageOf(seq) === Number.parseInt(name, 10);
      rows.push(...found.filter(isInPlace));
    }
    const [first] = rows;
    if (!first) continue;
    const lastSeq = rows.reduce((most, { seq }) => Math.max(most, seq), 0);
    const rev = rows.reduce((most, row) => Math.max(most, row.rev), 0);
    state.putPaged({ ...headerOf(first), lastSeq, rev, paged: lastSeq });
  }
}

/** The header of the conversation a message belongs to, before it holds any. */
export function headerOf({ conversationId, senderId, receiverId, rev }: StoredMessage): Conversation {
  const members: [Id, Id] = senderId < receiverId ? [senderId, receiverId] : [receiverId, senderId];
  return { id: conversationId, kind: 'direct', members, lastSeq: 0, befriendedRev: 0, rev };
}
