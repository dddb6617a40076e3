import { readOpened, sealedMetadata, toAttachment } from '../attachments/opened-metadata.ts';
import { messageBinding } from '../cipher/binding.ts';
import type { Cipher, Requester } from '../cipher/cipher.ts';
import { sealedReactions, sealedVotes } from '../cipher/sealed-fields.ts';
import { importedOf, textOf } from '../imports/archive-row.ts';
import { strangerProfiles } from '../people/public-profile.ts';
import { type PollText, readPollText } from '../polls/poll-text.ts';
import { countedVotes, showPoll, wordsOfPoll } from '../polls/show-poll.ts';
import { readVoteList, type VoteList } from '../polls/vote-list.ts';
import { countReactions, type ReactionList, readReactionList } from '../reactions/reaction-list.ts';
import { visibleReactions } from '../reactions/read-reactions.ts';
import { expiryOf, isDue, isExpired } from '../storage/expiry-queues.ts';
import { expiredRow } from '../storage/expiry-rows.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, Store, StoredMessage } from '../storage/store.ts';
import type { Attachment, Id, Message, Poll, Reaction } from '../wire/wire.ts';

/** What is shown of a row beside its fields: opened, and without the reactions that its reader may not see. */
type Shown = {
  text: string | undefined;
  attachments?: Attachment[] | undefined;
  reactions?: Reaction[] | undefined;
  poll?: Poll | undefined;
};

/**
 * The message of a stored row; `locked` when there is no text because it did not open. A message that was deleted, or
 * that the reader hid, only shows that it exists.
 */
export function toWire(
  row: StoredMessage,
  { text, attachments = [], reactions = [], poll }: Shown,
  isHidden = false,
): Message {
  const { id, conversationId, seq, senderId, receiverId, timestamp, rev, replyTo, mentions } = row;
  const { changedRev, editedAt } = row;
  const receiver = receiverId === undefined ? {} : { receiverId };
  const base = { id, conversationId, seq, senderId, ...receiver, content: '', timestamp, rev };
  if (isExpired(row)) return { ...base, expired: true };
  if (row.event && !isHidden) return { ...base, event: row.event };
  if (isDeleted(row) || isHidden) {
    return { ...base, ...(isDeleted(row) && { deleted: true }), ...(isHidden && { hidden: true }) };
  }
  return {
    ...base,
    content: row.poll ? '' : textOf(row, text),
    ...(text === undefined && { locked: true }),
    ...(changedRev !== undefined && { changedRev }),
    ...(editedAt !== undefined && { editedAt }),
    ...(replyTo !== undefined && { replyTo }),
    ...(mentions && { mentions }),
    ...(row.forwarded && { forwarded: true }),
    ...importedOf(row, text),
    ...(attachments.length > 0 && { attachments }),
    ...(reactions.length > 0 && { reactions }),
    ...(poll && { poll }),
  };
}

/** Whether a message has no content any more: it was deleted for everyone, or has expired. */
export function isDeleted(row: StoredMessage): boolean {
  return row.deletedAt !== undefined || isExpired(row);
}

/** A message with the time at which its row expires, by the wall clock. */
export function withExpiry({ time }: Pick<Store, 'time'>, row: StoredMessage, message: Message): Message {
  if (row.expiresAt === undefined || message.expired) return message;
  return { ...message, expiresAt: time.toWall(expiryOf(row, row.expiresAt, time)) };
}

/** A row with what it holds, opened. */
type OpenedRow = {
  row: StoredMessage;
  isHidden: boolean;
  /** Undefined when they do not open. */
  reactions: ReactionList | undefined;
  /** Of a poll that opens; its votes are undefined when they do not open. */
  poll: PollText | undefined;
  votes: VoteList | undefined;
} & Omit<Shown, 'reactions' | 'poll'>;

/**
 * Opens rows, the metadata of their files, the reactions to them and their votes in one cipher call; a row that does not
 * open has no text. Deleted and hidden ones and system rows are not opened.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function openRows(
  cipher: Cipher,
  rows: StoredMessage[],
  requester?: Requester,
  isHidden: (row: StoredMessage) => boolean = () => false,
): Promise<OpenedRow[]> {
  const readable = rows.filter((row) => !row.event && !isDeleted(row) && !isHidden(row));
  const sealed = [
    ...readable.map((row) => ({
      sealed: { v: row.v, kid: row.kid, content: row.content },
      binding: messageBinding(row),
    })),
    ...readable.flatMap(sealedMetadata),
    ...readable.flatMap(sealedReactions),
    ...readable.flatMap(sealedVotes),
  ];
  const opened = await cipher.openMany(sealed, requester);
  const texts = new Map(readable.map((row, index) => [row, opened[index]]));
  const more = opened.slice(readable.length).values();
  const files = new Map(
    readable.map((row) => [
      row,
      row.attachments?.map((one) => toAttachment(one, readOpened(more.next().value))),
    ]),
  );
  const lists = new Map(
    readable.filter((row) => row.reactions).map((row) => [row, readReactionList(more.next().value)]),
  );
  const votes = new Map(
    readable.filter((row) => row.poll?.votes).map((row) => [row, readVoteList(more.next().value)]),
  );
  return rows.map((row) => {
    const text = texts.get(row);
    const poll = row.poll && readPollText(text);
    return {
      row,
      isHidden: isHidden(row),
      text: row.poll && !poll ? undefined : text,
      attachments: files.get(row),
      reactions: lists.has(row) ? lists.get(row) : [],
      poll,
      votes: votes.has(row) ? votes.get(row) : [],
    };
  });
}

/** Opens rows as messages without reactions and votes, as no one in particular reads them. @throws ApiError CIPHER_UNAVAILABLE */
export async function openMessages(
  cipher: Cipher,
  rows: StoredMessage[],
  requester?: Requester,
): Promise<Message[]> {
  const opened = await openRows(cipher, rows, requester);
  return opened.map(({ row, text, attachments, poll }) =>
    toWire(row, { text, attachments, poll: poll && wordsOfPoll(poll) }),
  );
}

/**
 * Opens rows as one person sees them: without what they hid, what has expired by now and reactions across a block, and with the
 * names of former members whom they name.
 * @throws ApiError CIPHER_UNAVAILABLE, TOO_MANY_REQUESTS
 */
export async function openMessagesFor(
  { store, cipher }: { store: Store; cipher: Cipher },
  userId: Id,
  stored: StoredMessage[],
  signal?: AbortSignal,
): Promise<Message[]> {
  const rows = stored.map((row) => (isDue(row, store.time) ? expiredRow(row) : row));
  const ids = [...new Set(rows.map(({ conversationId }) => conversationId))];
  const hidden = new Map(
    await Promise.all(ids.map(async (id) => [id, await store.hiddenOf(id, userId)] as const)),
  );
  const isHidden = ({ conversationId, seq }: StoredMessage) => hasSeq(hidden.get(conversationId) ?? [], seq);
  const opened = await openRows(cipher, rows, { accountId: userId, signal }, isHidden);
  const lists = await visibleReactions(
    store,
    userId,
    opened.map(({ reactions }) => reactions ?? []),
  );
  const votes = await countedVotes(
    store,
    opened.map((one) => one.votes ?? []),
  );
  const reader = { userId, time: store.time };
  const messages = opened.map(({ row, isHidden, text, attachments, poll }, index) => {
    const reactions = countReactions(lists[index] ?? [], userId);
    const shown = row.poll && poll && showPoll(row.poll, poll, votes[index] ?? [], reader);
    return toWire(row, { text, attachments, reactions, poll: shown }, isHidden);
  });
  const conversations = new Map(
    await Promise.all(ids.map(async (id) => [id, await store.conversation(id)] as const)),
  );
  return Promise.all(
    messages.map((message, index) => {
      const timed = withExpiry(store, rows[index] as StoredMessage, message);
      return withFormer(store, conversations.get(message.conversationId), timed);
    }),
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
