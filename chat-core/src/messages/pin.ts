import { isAllowed, isReadable, requireWriter } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { appendEvent } from '../groups/group-events.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, Store, Tx } from '../storage/store.ts';
import type { Id, PinAnswer } from '../wire/wire.ts';
import { isDeleted } from './message.ts';
import { type MessageRef, requireMessage } from './require-message.ts';

/**
 * Pins a message for all members in place of the one before: either friend in a direct conversation, in a group whoever may pin.
 * A group gets a system row. Pinning what is pinned changes nothing.
 * @throws ApiError NOT_MEMBER, NOT_FRIENDS, NOT_ALLOWED, NO_SUCH_MESSAGE (also for a system row or a hidden one),
 *   MESSAGE_DELETED, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function pinMessage(
  store: Store,
  userId: Id,
  { conversationId, seq }: MessageRef,
): Promise<PinAnswer> {
  return store.transact(async (tx) => {
    const conversation = await requirePinner(tx, userId, conversationId);
    const row = await requireMessage(tx, conversation, userId, { seq, time: store.time });
    if (row.event) throw new ApiError('NO_SUCH_MESSAGE');
    if (isDeleted(row)) throw new ApiError('MESSAGE_DELETED');
    if (conversation.pinned?.seq === seq) return { conversationId, pinned: toWirePin(conversation.pinned) };
    const pinned = { seq, by: userId };
    const { expiresAt } = row;
    await tx.savePin(conversationId, { ...pinned, ...(expiresAt !== undefined && { expiresAt }) });
    if (conversation.kind === 'group')
      await appendEvent(tx, store, conversationId, userId, { type: 'pinned', seq });
    return { conversationId, pinned };
  });
}

/** Unpins what is pinned, for all members. Where nothing is, nothing changes. @throws ApiError as pinMessage */
export async function unpinMessage(store: Store, userId: Id, conversationId: Id): Promise<PinAnswer> {
  return store.transact(async (tx) => {
    const conversation = await requirePinner(tx, userId, conversationId);
    if (conversation.pinned) await tx.savePin(conversationId);
    return { conversationId };
  });
}

/** What is pinned for one member: not what they may not read or have hidden, or what has expired. */
export async function pinnedFor(
  store: Pick<Store, 'hiddenOf' | 'time'>,
  userId: Id,
  conversation: Conversation,
): Promise<PinAnswer['pinned']> {
  const { id, pinned } = conversation;
  if (!pinned || !isReadable(conversation, userId, pinned)) return undefined;
  if (pinned.expiresAt !== undefined && pinned.expiresAt <= store.time.now()) return undefined;
  return hasSeq(await store.hiddenOf(id, userId), pinned.seq) ? undefined : toWirePin(pinned);
}

const toWirePin = ({ seq, by }: NonNullable<Conversation['pinned']>) => ({ seq, by });

/** @throws ApiError NOT_MEMBER, NOT_FRIENDS, NOT_ALLOWED */
async function requirePinner(tx: Tx, userId: Id, conversationId: Id): Promise<Conversation> {
  const conversation = await requireWriter(tx, userId, { conversationId });
  if (conversation.kind === 'group' && !isAllowed(conversation, userId, 'pin'))
    throw new ApiError('NOT_ALLOWED');
  return conversation;
}
