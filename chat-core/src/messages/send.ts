import { v4 as uuid } from 'uuid';
import { bindingOf } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { requireWriter } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import { readText } from '../wire/text.ts';
import type { Id, Message, SendMessage } from '../wire/wire.ts';
import { isGone, openFor, toWire } from './message.ts';
import { nextTimestamp, sentAtOf } from './timestamp.ts';

/** A message that others overtook while it was sealed is dated so much later each time, to be overtaken no more. */
const LEAD_MS = 100;

/** `onStored` is called with each new message once it is durable; it must not throw and must be fast. */
export type SendDeps = {
  store: Store;
  cipher: Cipher;
  onStored?: (row: StoredMessage) => void;
};

/**
 * The story of one message: check, seal, commit durably, answer. The store announces what it has committed.
 * The same clientMessageId and text, sent again, gets the same answer and makes no second message.
 * @throws ApiError INVALID_MESSAGE, INVALID_REQUEST (a reply to nothing), NOT_FRIENDS, NOT_MEMBER, WRONG_CONVERSATION, MESSAGE_ID_REUSED,
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is stored then
 */
export async function sendMessage(deps: SendDeps, senderId: Id, wish: SendMessage): Promise<Message> {
  const { store, cipher } = deps;
  const text = readText(wish.message);
  const address = { conversationId: wish.conversationId, otherId: wish.receiverId };
  const conversation = await requireWriter(store, senderId, address);
  const id = wish.clientMessageId ?? uuid();

  const { replyTo } = wish;
  const known = await store.recentMessage(conversation.id, id);
  if (known) return answerAgain(deps, known, senderId, { text, replyTo });
  if (replyTo !== undefined && replyTo > conversation.lastSeq) {
    const detail = `The conversation has ${conversation.lastSeq} messages to reply to.`;
    throw new ApiError('INVALID_REQUEST', { detail });
  }

  for (let lead = 0; ; lead += LEAD_MS) {
    const timestamp = await nextTimestamp(store, conversation.id, store.time.wall() + lead);
    const own = { id, conversationId: conversation.id, senderId, timestamp };
    const message = {
      ...own,
      ...sentAtOf(timestamp, store.time.now()),
      ...(replyTo !== undefined && { replyTo }),
    };
    const sealed = await cipher.seal(text, bindingOf(message));

    // While it was sealed the friendship may have ended and a repeat may have overtaken it: both are checked again.
    const stored = await store.transact(async (tx) => {
      await requireWriter(tx, senderId, { conversationId: conversation.id });
      const same = await tx.recentMessage(conversation.id, id);
      if (same) return same;
      // Its time is sealed with it: where a later one came before, it is sealed again.
      const isInOrder = (await nextTimestamp(tx, conversation.id, timestamp)) === timestamp;
      return isInOrder ? tx.appendMessage({ ...message, ...sealed }) : undefined;
    });
    if (!stored) continue;
    if (stored.content !== sealed.content) return answerAgain(deps, stored, senderId, { text, replyTo });
    deps.onStored?.(stored);
    return toWire(stored, text);
  }
}

/**
 * Sameness is decided by opening the stored message: no hash of readable text is kept for it. One that was edited or
 * deleted since does not tell any more what was sent: its author is answered with what it is now.
 */
async function answerAgain(
  deps: SendDeps,
  row: StoredMessage,
  senderId: Id,
  sent: { text: string; replyTo: number | undefined },
): Promise<Message> {
  if (row.senderId !== senderId) throw new ApiError('MESSAGE_ID_REUSED');
  const [message] = await openFor(deps, senderId, [row]);
  const isChanged = row.edit !== undefined || isGone(row) || message?.hidden;
  if (!message || (!isChanged && (message.content !== sent.text || message.replyTo !== sent.replyTo))) {
    throw new ApiError('MESSAGE_ID_REUSED');
  }
  return message;
}
