import { requireMember, requireReactor } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { PageBudget, Store, StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { isDeleted } from './message.ts';
import { type MessageRef, requireMessage } from './require-message.ts';

export type MessageReader = Pick<
  Store,
  'account' | 'conversation' | 'directBetween' | 'message' | 'hiddenOf'
>;

/** To read what others added to a message, or to add to it where the person may react. */
export type Access = 'write' | 'read';

/**
 * A message with a text that this person reads: none that was deleted or that they hid, no system row.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, MESSAGE_DELETED; with `write` also NOT_FRIENDS, NOT_ALLOWED
 */
export async function requireReadable(
  reader: MessageReader,
  time: Store['time'],
  userId: Id,
  { conversationId, seq }: MessageRef,
  access: Access,
  budget?: PageBudget,
): Promise<StoredMessage> {
  const require = access === 'write' ? requireReactor : requireMember;
  const conversation = await require(reader, userId, { conversationId });
  const row = await requireMessage(reader, conversation, userId, { seq, time, budget });
  if (row.event) throw new ApiError('NO_SUCH_MESSAGE');
  if (isDeleted(row)) throw new ApiError('MESSAGE_DELETED');
  return row;
}
