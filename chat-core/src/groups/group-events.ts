import { v4 as uuid } from 'uuid';
import { nextTimestamp, sentAtOf } from '../conversations/timestamps.ts';
import { ApiError } from '../errors.ts';
import { isOpenArchive, type Store, type Tx } from '../storage/store.ts';
import type { GroupEvent, Id } from '../wire/wire.ts';

/**
 * Appends the system row that says what `actorId` did to a group, in the transaction that does it.
 * @throws ApiError NOT_ALLOWED in an archive that is being filled: its rows come first
 */
export async function appendEvent(
  tx: Tx,
  { time }: Pick<Store, 'time'>,
  conversationId: Id,
  actorId: Id,
  event: GroupEvent,
): Promise<void> {
  const conversation = await tx.conversation(conversationId);
  if (conversation && isOpenArchive(conversation)) throw new ApiError('NOT_ALLOWED');
  const timestamp = await nextTimestamp(tx, conversationId, time.wall());
  await tx.appendMessage({
    id: uuid(),
    conversationId,
    senderId: actorId,
    timestamp,
    ...sentAtOf(timestamp, time.now()),
    content: '',
    v: 1,
    kid: '',
    event,
  });
}
