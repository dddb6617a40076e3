import type { Uploads } from '../attachments/uploads.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { ciphertextsOf } from '../cipher/sealed-fields.ts';
import { isAllowed, requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { hasSeq, withSeq } from '../storage/seq-ranges.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import type { Id, Message } from '../wire/wire.ts';
import { isDeleted, openMessagesFor } from './message.ts';
import { type MessageRef, requireMessage } from './require-message.ts';

/** Ranges of hidden messages of a person in one conversation: they stay in memory with its header. */
const MAX_HIDDEN_RANGES = 500;

type ReadDeps = { store: Store; cipher: Cipher };
/** `uploads` removes the bytes of deleted files. */
type Deps = ReadDeps & { uploads: Pick<Uploads, 'removeDiscarded'> };

/**
 * Deletes one's own message for everyone, at any time, friends or not; in a group, with the permission, any message. Its seq stays taken; the store erases the ciphertext
 * from the disk, and the bytes of its files are removed. Repeating it changes nothing.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, NOT_YOURS, STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
 */
export async function deleteForEveryone(deps: Deps, userId: Id, ref: MessageRef): Promise<Message> {
  const { store, cipher, uploads } = deps;
  const { row, replaced } = await store.transact(async (tx) => {
    const conversation = await requireMember(tx, userId, { conversationId: ref.conversationId });
    const stored = await requireMessage(tx, conversation, userId, {
      seq: ref.seq,
      time: store.time,
      isHiddenToo: true,
    });
    const mayRemove = conversation.kind === 'group' && isAllowed(conversation, userId, 'removeMessages');
    if (stored.event || (stored.senderId !== userId && !mayRemove)) throw new ApiError('NOT_YOURS');
    if (isDeleted(stored)) return { row: stored, replaced: undefined };
    return { row: await tx.changeMessage(emptied(stored, store.time.wall())), replaced: stored };
  });
  if (replaced) {
    const { attachments = [] } = replaced;
    cipher.forget(ciphertextsOf(replaced));
    // Their keys are forgotten with the row. What cannot be removed now is removed by the next sweep.
    if (attachments.length > 0)
      await uploads.removeDiscarded(attachments.map(({ id }) => id)).catch(() => {});
  }
  return readAs(deps, userId, row);
}

/**
 * Hides a message of either author from one person, on all their devices. It stays stored, and others see no difference.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, TOO_MANY_HIDDEN, STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
 */
export async function deleteForMe(
  deps: ReadDeps,
  userId: Id,
  { conversationId, seq }: MessageRef,
): Promise<Message> {
  const row = await deps.store.transact(async (tx) => {
    const conversation = await requireMember(tx, userId, { conversationId });
    const stored = await requireMessage(tx, conversation, userId, {
      seq,
      time: deps.store.time,
      isHiddenToo: true,
    });
    const ranges = await tx.hiddenOf(conversationId, userId);
    if (hasSeq(ranges, seq)) return stored;
    if (withSeq(ranges, seq).length > MAX_HIDDEN_RANGES) throw new ApiError('TOO_MANY_HIDDEN');
    await tx.hideMessage(conversationId, userId, seq);
    return stored;
  });
  return readAs(deps, userId, row);
}

/** A deleted message: what any feature adds to a row is gone, since only these fields stay. */
export function emptied(row: StoredMessage, now: number): StoredMessage {
  const { id, conversationId, seq, senderId, receiverId, timestamp, sentAt, v, kid, rev, changedRev } = row;
  const { imported, expiresAt, expired } = row;
  return {
    ...{ id, conversationId, seq, senderId, content: '', timestamp, v, kid, rev, deletedAt: now },
    ...(receiverId !== undefined && { receiverId }),
    ...(sentAt !== undefined && { sentAt }),
    ...(changedRev !== undefined && { changedRev }),
    ...(imported && { imported }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(expired && { expired }),
  };
}

async function readAs(deps: ReadDeps, userId: Id, row: StoredMessage): Promise<Message> {
  const [message] = await openMessagesFor(deps, userId, [row]);
  if (!message) throw new Error('one row opens to one message');
  return message;
}
