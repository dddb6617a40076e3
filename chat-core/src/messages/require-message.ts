import { isReadable } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { type ExpiryTime, isDue } from '../storage/expiry-queues.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, PageBudget, Store, StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** How a request names a message. */
export type MessageRef = { conversationId: Id; seq: number };

/** `isHiddenToo`: one that the person has hidden counts as well: they delete it, again or for everyone. */
type Named = {
  seq: number;
  time: ExpiryTime;
  isHiddenToo?: boolean;
  budget?: PageBudget | undefined;
};

/**
 * A message of a conversation that this person may read now: none from before they joined, none that they have hidden, and
 * none that is due, swept or not. Every route that names a message goes through here. One that was deleted for everyone is found.
 * @throws ApiError NO_SUCH_MESSAGE
 */
export async function requireMessage(
  reader: Pick<Store, 'message' | 'hiddenOf'>,
  conversation: Conversation,
  userId: Id,
  { seq, time, isHiddenToo = false, budget }: Named,
): Promise<StoredMessage> {
  const row = await reader.message(conversation.id, seq, budget);
  if (!row || isDue(row, time) || !isReadable(conversation, userId, row))
    throw new ApiError('NO_SUCH_MESSAGE');
  if (!isHiddenToo && hasSeq(await reader.hiddenOf(conversation.id, userId), seq))
    throw new ApiError('NO_SUCH_MESSAGE');
  return row;
}
