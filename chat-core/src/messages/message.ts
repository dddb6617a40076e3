import { readOpened, sealedMetadata, toAttachment } from '../attachments/opened-metadata.ts';
import { messageBinding } from '../cipher/binding.ts';
import type { Cipher, Requester } from '../cipher/cipher.ts';
import { strangerProfiles } from '../people/public-profile.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, Store, StoredMessage } from '../storage/store.ts';
import type { Attachment, Id, Message } from '../wire/wire.ts';

/**
 * The message of a stored row; `locked` when there is no text because it did not open. A message that was deleted, or
 * that the reader hid, only shows that it exists.
 */
export function toWire(
  row: StoredMessage,
  text: string | undefined,
  attachments: Attachment[] = [],
  isHidden = false,
): Message {
  const { id, conversationId, seq, senderId, receiverId, timestamp, rev, editedAt, replyTo, mentions } = row;
  const receiver = receiverId === undefined ? {} : { receiverId };
  const base = { id, conversationId, seq, senderId, ...receiver, content: '', timestamp, rev };
  if (row.event && !isHidden) return { ...base, event: row.event };
  if (isDeleted(row) || isHidden) {
    return { ...base, ...(isDeleted(row) && { deleted: true }), ...(isHidden && { hidden: true }) };
  }
  return {
    ...base,
    content: text ?? '',
    ...(text === undefined && { locked: true }),
    ...(editedAt !== undefined && { editedAt }),
    ...(replyTo !== undefined && { replyTo }),
    ...(mentions && { mentions }),
    ...(row.forwarded && { forwarded: true }),
    ...(attachments.length > 0 && { attachments }),
  };
}

/** Whether a message was deleted for everyone. */
export function isDeleted({ deletedAt }: StoredMessage): boolean {
  return deletedAt !== undefined;
}

/**
 * Opens rows and the metadata of their files in one cipher call; a row that does not open is locked. Deleted and hidden ones and system rows are not opened.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function openMessages(
  cipher: Cipher,
  rows: StoredMessage[],
  requester?: Requester,
  isHidden: (row: StoredMessage) => boolean = () => false,
): Promise<Message[]> {
  const readable = rows.filter((row) => !row.event && !isDeleted(row) && !isHidden(row));
  const sealed = [
    ...readable.map((row) => ({
      sealed: { v: row.v, kid: row.kid, content: row.content },
      binding: messageBinding(row),
    })),
    ...readable.flatMap(sealedMetadata),
  ];
  const opened = await cipher.openMany(sealed, requester);
  const texts = new Map(readable.map((row, index) => [row, opened[index]]));
  const metadata = opened.slice(readable.length).values();
  const files = new Map(
    readable.map((row) => [
      row,
      row.attachments?.map((one) => toAttachment(one, readOpened(metadata.next().value))),
    ]),
  );
  return rows.map((row) => toWire(row, texts.get(row), files.get(row), isHidden(row)));
}

/**
 * Opens rows as one person sees them: without what they hid, and with the names of former members whom they name.
 * @throws ApiError CIPHER_UNAVAILABLE, TOO_MANY_REQUESTS
 */
export async function openMessagesFor(
  { store, cipher }: { store: Store; cipher: Cipher },
  userId: Id,
  rows: StoredMessage[],
  signal?: AbortSignal,
): Promise<Message[]> {
  const ids = [...new Set(rows.map(({ conversationId }) => conversationId))];
  const hidden = new Map(
    await Promise.all(ids.map(async (id) => [id, await store.hiddenOf(id, userId)] as const)),
  );
  const isHidden = ({ conversationId, seq }: StoredMessage) => hasSeq(hidden.get(conversationId) ?? [], seq);
  const messages = await openMessages(cipher, rows, { accountId: userId, signal }, isHidden);
  const conversations = new Map(
    await Promise.all(ids.map(async (id) => [id, await store.conversation(id)] as const)),
  );
  return Promise.all(
    messages.map((message) => withFormer(store, conversations.get(message.conversationId), message)),
  );
}

/**
 * A message of a group with the usernames of the people in it who are no members any more: whoever may read the row may
 * know of whom it is. A username is what members see of each other also across a block, so it says nothing of a block.
 */
async function withFormer(
  store: Store,
  conversation: Conversation | undefined,
  message: Message,
): Promise<Message> {
  if (conversation?.kind !== 'group') return message;
  const named = [message.senderId, ...(message.event?.userIds ?? [])];
  const ids = new Set(named.filter((id) => !conversation.members.includes(id)));
  if (ids.size === 0) return message;
  const former = (await strangerProfiles(store, [...ids])).filter(({ username }) => username !== '');
  return former.length > 0 ? { ...message, former } : message;
}
