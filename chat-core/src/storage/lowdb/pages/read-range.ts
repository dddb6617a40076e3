import type { StoredMessage } from '../../store.ts';
import { type ConversationState, revOf } from '../state/conversation-state.ts';
import type { MessagePages } from './message-pages.ts';

/** Messages of a conversation with `from` ≤ seq ≤ `to` as they are now, oldest first. */
export async function readRange(
  pages: MessagePages,
  { header, paged, tail, overlay }: ConversationState,
  from: number,
  to: number,
): Promise<StoredMessage[]> {
  if (to < from) return [];
  // Taken before the pages are read: a checkpoint meanwhile moves rows from here to there.
  const young = tail.slice(Math.max(0, from - paged - 1), Math.max(0, to - paged));
  if (from > paged) return young;
  const changed = overlay.size === 0 ? overlay : new Map(overlay);
  const older = await pages.read(header.id, from, Math.min(to, paged));
  return [...(changed.size === 0 ? older : older.map((row) => newer(row, changed.get(row.seq)))), ...young];
}

function newer(row: StoredMessage, changed: StoredMessage | undefined): StoredMessage {
  return changed && revOf(changed) >= revOf(row) ? changed : row;
}
