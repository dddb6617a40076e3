import { v4 as uuid } from 'uuid';
import { messageBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { requireWriter } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Store, StoredMessage, Tx } from '../storage/store.ts';
import { readText } from '../wire/text.ts';
import type { Id, Message, SendMessage } from '../wire/wire.ts';
import { isDeleted, openMessagesFor, toWire } from './message.ts';

/** Added to the timestamp each time another message was committed while this one was sealed. */
const LEAD_MS = 100;
/** A message dated further ahead was dated by a wrong clock: the ones after it may have a lower timestamp. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;
/** A message whose timestamp differs more from server time is stored with its server time too. */
const MAX_SKEW_MS = 10_000;

/** `onStored` is called with each new message once it is durable; it must not throw and must be fast. */
export type SendDeps = {
  store: Store;
  cipher: Cipher;
  onStored?: (row: StoredMessage) => void;
};

/**
 * Sends one message: check, seal, commit durably, respond. The store announces what it has committed.
 * The same clientMessageId and text, sent again, gets the same response and creates no second message.
 * @throws ApiError INVALID_MESSAGE, INVALID_REQUEST (a reply to a message that does not exist), NOT_FRIENDS, NOT_MEMBER, WRONG_CONVERSATION, MESSAGE_ID_REUSED,
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is stored then
 */
export async function sendMessage(deps: SendDeps, senderId: Id, input: SendMessage): Promise<Message> {
  const { store, cipher } = deps;
  const text = readText(input.message);
  const ref = { conversationId: input.conversationId, otherId: input.receiverId };
  const conversation = await requireWriter(store, senderId, ref);
  const id = input.clientMessageId ?? uuid();

  const { replyTo } = input;
  const repeated = await store.recentMessage(conversation.id, id);
  if (repeated) return respondAgain(deps, repeated, senderId, { text, replyTo });
  if (replyTo !== undefined && replyTo > conversation.lastSeq) {
    const detail = `The conversation has ${conversation.lastSeq} messages to reply to.`;
    throw new ApiError('INVALID_REQUEST', { detail });
  }

  for (let lead = 0; ; lead += LEAD_MS) {
    const timestamp = await nextTimestamp(store, conversation.id, store.time.wall() + lead);
    const bound = { id, conversationId: conversation.id, senderId, timestamp };
    const message = {
      ...bound,
      ...sentAtOf(timestamp, store.time.now()),
      ...(replyTo !== undefined && { replyTo }),
    };
    const sealed = await cipher.seal(text, messageBinding(message));

    // While it was sealed, the friendship may have ended or a repeat may have been committed: both are checked again.
    const stored = await store.transact(async (tx) => {
      await requireWriter(tx, senderId, { conversationId: conversation.id });
      const same = await tx.recentMessage(conversation.id, id);
      if (same) return same;
      // The ciphertext is bound to its timestamp: it is sealed again when a newer message has been committed.
      const isInOrder = (await nextTimestamp(tx, conversation.id, timestamp)) === timestamp;
      return isInOrder ? tx.appendMessage({ ...message, ...sealed }) : undefined;
    });
    if (!stored) continue;
    if (stored.content !== sealed.content) return respondAgain(deps, stored, senderId, { text, replyTo });
    deps.onStored?.(stored);
    return toWire(stored, text);
  }
}

/**
 * Responds to a repeat. It is compared with the opened stored message, so that no hash of the plain text is stored. A
 * message that was edited or deleted since cannot be compared: its author gets its current state.
 */
async function respondAgain(
  deps: SendDeps,
  row: StoredMessage,
  senderId: Id,
  sent: { text: string; replyTo: number | undefined },
): Promise<Message> {
  if (row.senderId !== senderId) throw new ApiError('MESSAGE_ID_REUSED');
  const [message] = await openMessagesFor(deps, senderId, [row]);
  const isChanged = row.edit !== undefined || isDeleted(row) || message?.hidden;
  if (!message || (!isChanged && (message.content !== sent.text || message.replyTo !== sent.replyTo))) {
    throw new ApiError('MESSAGE_ID_REUSED');
  }
  return message;
}

/**
 * The timestamp of the next message, in epoch milliseconds by the wall clock: never before that of the message before it,
 * unless that one is more than a day ahead.
 */
async function nextTimestamp(
  reader: Pick<Tx, 'conversation' | 'message'>,
  conversationId: Id,
  wall: number,
): Promise<number> {
  const { lastSeq = 0 } = (await reader.conversation(conversationId)) ?? {};
  const { timestamp = 0 } = (await reader.message(conversationId, lastSeq)) ?? {};
  return timestamp > wall && timestamp - wall <= MAX_AHEAD_MS ? timestamp : wall;
}

/** The server time of a message, where it differs from its timestamp. */
function sentAtOf(timestamp: number, now: number): { sentAt?: number } {
  return Math.abs(timestamp - now) > MAX_SKEW_MS ? { sentAt: now } : {};
}
