import { isDue } from '../storage/expiry-queues.ts';
import { fromSeqOf } from '../storage/rows.ts';
import { hasSeq, newestOutside } from '../storage/seq-ranges.ts';
import type { Conversation, Store, StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** Messages that have expired, among which the newest one of a conversation that has not is looked for. */
const MAX_EXPIRED = 50;

/** The newest message that this person may read and did not hide; one that has expired if there is none near it that has not. */
export async function newestVisible(
  store: Store,
  userId: Id,
  conversation: Conversation,
): Promise<StoredMessage | undefined> {
  const { id, lastSeq } = conversation;
  const hidden = await store.hiddenOf(id, userId);
  const seq = newestOutside(hidden, lastSeq);
  const fromSeq = fromSeqOf(conversation, userId);
  const newest = seq >= fromSeq ? await store.message(id, seq) : undefined;
  if (!newest || !isDue(newest, store.time)) return newest;
  const rows = await store.messages(id, { before: seq, limit: MAX_EXPIRED });
  const left = rows.findLast(
    (row) => row.seq >= fromSeq && !isDue(row, store.time) && !hasSeq(hidden, row.seq),
  );
  return left ?? newest;
}
