import { v4 as uuid } from 'uuid';
import { requireClaimable } from '../attachments/claimable.ts';
import { openMetadata, toAttachment } from '../attachments/opened-metadata.ts';
import type { Uploads } from '../attachments/uploads.ts';
import { messageBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { requireWriter } from '../conversations/membership.ts';
import { openNotes } from '../conversations/notes.ts';
import { nextTimestamp, sentAtOf } from '../conversations/timestamps.ts';
import { ApiError } from '../errors.ts';
import { isSamePoll, type PollText, readNewPoll, requireOpening, writePollText } from '../polls/poll-text.ts';
import { showPoll } from '../polls/show-poll.ts';
import { fromSeqOf } from '../storage/rows.ts';
import type { Conversation, Store, StoredMessage, Tx } from '../storage/store.ts';
import { readCaption, readText } from '../wire/text.ts';
import type { Id, Message, SendMessage } from '../wire/wire.ts';
import { isDeleted, openMessagesFor, toWire, withExpiry } from './message.ts';

/** Added to the time each time another message was committed while this one was sealed. */
const LEAD_MS = 100;

/** `onStored` is called with each new message once it is durable; it must not throw and must be fast. */
export type SendDeps = {
  store: Store;
  cipher: Cipher;
  /** The files that messages claim. */
  uploads: Pick<Uploads, 'requireComplete' | 'removeDiscarded'>;
  onStored?: (row: StoredMessage, members: readonly Id[]) => void;
  /** Called in the transaction of a new message; what it throws, this one throws. */
  requireIn?: (tx: Tx) => Promise<void>;
};

/**
 * Sends one message: check, seal, commit durably, respond. The store announces what it has committed.
 * It claims its files in the same transaction. The same clientMessageId, text and files, sent again, gets the same response and creates no second message.
 * `marks` are stored with it.
 * @throws ApiError INVALID_MESSAGE, INVALID_POLL, POLL_NEEDS_GROUP, INVALID_REQUEST (a reply to a message that does not exist), NOT_FRIENDS, NOT_MEMBER,
 *   WRONG_CONVERSATION, MESSAGE_ID_REUSED, NO_SUCH_FILE, UPLOAD_INCOMPLETE, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is stored then
 */
export async function sendMessage(
  deps: SendDeps,
  senderId: Id,
  input: SendMessage,
  marks: Pick<StoredMessage, 'forwarded'> = {},
): Promise<Message> {
  const { store, cipher, uploads } = deps;
  const fileIds = [...new Set(input.attachments ?? [])];
  const { text, poll } = readContent(input, store.time);
  const ref = { conversationId: input.conversationId, otherId: input.receiverId };
  if (input.receiverId === senderId && input.conversationId === undefined) await openNotes(store, senderId);
  const conversation = await requireWriter(store, senderId, ref);
  const id = input.clientMessageId ?? uuid();

  const { replyTo } = input;
  const mentions = [...new Set(input.mentions ?? [])];
  const sent = { text, poll, replyTo, mentions, fileIds };
  const repeated = await store.recentMessage(conversation.id, id);
  if (repeated) return respondAgain(deps, repeated, senderId, sent);
  if (poll) requirePollHere(conversation, poll, store.time.now());
  if (replyTo !== undefined) await requireReplyable(store, conversation, senderId, replyTo);
  requireMentionable(conversation, mentions);
  const attachments = await uploads.requireComplete(senderId, conversation.id, fileIds);
  const claimed = { conversationId: conversation.id, senderId, attachments };
  const opened = await openMetadata(cipher, [claimed], { accountId: senderId });
  const shown = attachments.map((one) => toAttachment(one, opened.get(one)));

  for (let lead = 0; ; lead += LEAD_MS) {
    // Rounded, so that messages which are sealed again side by side share a timestamp, and none of them overtakes another.
    const wall = lead === 0 ? store.time.wall() : Math.ceil((store.time.wall() + lead) / LEAD_MS) * LEAD_MS;
    const timestamp = await nextTimestamp(store, conversation.id, wall);
    const bound = { id, conversationId: conversation.id, senderId, timestamp };
    const message = {
      ...bound,
      ...marks,
      ...sentAtOf(timestamp, store.time.now()),
      ...(replyTo !== undefined && { replyTo }),
      ...(mentions.length > 0 && { mentions }),
      ...(attachments.length > 0 && { attachments }),
      ...(poll && { poll: {} }),
    };
    const sealed = await cipher.seal(text, messageBinding(message));

    // While it was sealed, the friendship may have ended or a repeat may have been committed: both are checked again.
    const stored = await store.transact(async (tx) => {
      const { members } = await requireWriter(tx, senderId, { conversationId: conversation.id });
      const same = await tx.recentMessage(conversation.id, id);
      if (same) return { row: same, members };
      await deps.requireIn?.(tx);
      await requireClaimable(tx, senderId, conversation.id, fileIds);
      // The ciphertext is bound to its timestamp: it is sealed again when a newer message has been committed.
      const isInOrder = (await nextTimestamp(tx, conversation.id, timestamp)) === timestamp;
      return isInOrder ? { row: await tx.appendMessage({ ...message, ...sealed }), members } : undefined;
    });
    if (!stored) continue;
    const { row, members } = stored;
    if (row.content !== sealed.content) return respondAgain(deps, row, senderId, sent);
    deps.onStored?.(row, members);
    const asked = poll && showPoll({}, poll, [], { userId: senderId, time: store.time });
    return withExpiry(store, row, toWire(row, { text, attachments: shown, poll: asked }));
  }
}

/** What is sealed: a text, or a poll, which has nothing beside it. @throws ApiError INVALID_REQUEST, INVALID_MESSAGE, INVALID_POLL */
function readContent(
  { message, poll, attachments = [], mentions = [] }: SendMessage,
  time: Store['time'],
): { text: string; poll?: PollText } {
  if (poll) {
    if (message || attachments.length > 0 || mentions.length > 0)
      throw new ApiError('INVALID_REQUEST', { detail: 'A poll has no text, files or mentions beside it.' });
    const read = readNewPoll(poll, time);
    return { text: writePollText(read), poll: read };
  }
  if (message === undefined) throw new ApiError('INVALID_REQUEST', { detail: 'message: Required.' });
  return { text: attachments.length > 0 ? readCaption(message) : readText(message) };
}

/** @throws ApiError POLL_NEEDS_GROUP, INVALID_POLL (the time of its end) */
function requirePollHere({ kind }: Conversation, poll: PollText, now: number): void {
  if (kind !== 'group') throw new ApiError('POLL_NEEDS_GROUP');
  requireOpening(poll, now);
}

/**
 * Responds to a repeat. It is compared with the opened stored message, so that no hash of the plain text is stored. A
 * message that was edited or deleted since cannot be compared: its author gets its current state.
 */
async function respondAgain(
  deps: SendDeps,
  row: StoredMessage,
  senderId: Id,
  sent: {
    text: string;
    poll: PollText | undefined;
    replyTo: number | undefined;
    mentions: Id[];
    fileIds: Id[];
  },
): Promise<Message> {
  if (row.senderId !== senderId) throw new ApiError('MESSAGE_ID_REUSED');
  const [message] = await openMessagesFor(deps, senderId, [row]);
  const isChanged = row.edit !== undefined || isDeleted(row) || message?.hidden;
  const isSame =
    message &&
    (sent.poll ? isSamePoll(message.poll, sent.poll) : !row.poll && message.content === sent.text) &&
    message.replyTo === sent.replyTo &&
    String(message.mentions ?? []) === String(sent.mentions) &&
    String(row.attachments?.map((one) => one.id) ?? []) === String(sent.fileIds);
  if (!message || (!isChanged && !isSame)) {
    throw new ApiError('MESSAGE_ID_REUSED');
  }
  return message;
}

/**
 * A message that the sender may read, no system row. The error says nothing of messages they may not read.
 * @throws ApiError INVALID_REQUEST
 */
async function requireReplyable(
  store: Store,
  conversation: Conversation,
  senderId: Id,
  replyTo: number,
): Promise<void> {
  const { id, lastSeq } = conversation;
  const isReadable = replyTo <= lastSeq && replyTo >= fromSeqOf(conversation, senderId);
  const row = isReadable ? await store.message(id, replyTo) : undefined;
  if (isReadable && !row?.event) return;
  throw new ApiError('INVALID_REQUEST', { detail: 'There is no such message to reply to.' });
}

/** Members of the group, in a group. @throws ApiError INVALID_REQUEST */
function requireMentionable({ kind, members }: Conversation, mentions: Id[]): void {
  if (mentions.every((id) => kind === 'group' && members.includes(id))) return;
  throw new ApiError('INVALID_REQUEST', { detail: 'A message can mention only members of its group.' });
}
