import type { Id } from '../wire/wire.ts';
import { withQueueOf } from './expiry-queues.ts';
import type { SeqRanges } from './seq-ranges.ts';
import {
  type Account,
  type Conversation,
  type DirectConversation,
  type FileRef,
  type FileUsage,
  fileKey,
  type Group,
  type HiddenMessage,
  type Identity,
  MAX_DEPARTED,
  type Mark,
  type NewMessage,
  type Seen,
  type StoredAttachment,
  type StoredInvite,
  type StoredMessage,
  type StoredPicture,
  type TotalUsage,
  type UploadRow,
} from './store.ts';

/**
 * All rows that a transaction writes. Accounts and conversations replace rows with the same id, messages are appended,
 * and edits replace messages. A header that changes only because of messages is not listed: it follows from them.
 */
export type Changes = {
  accounts: Account[];
  conversations: Conversation[];
  messages: StoredMessage[];
  /** Changed messages, each complete, with the revision of the change. */
  edits: StoredMessage[];
  hidden: HiddenMessage[];
  marks: Mark[];
  invites: StoredInvite[];
  pictures: StoredPicture[];
  seen: Seen[];
  uploads: UploadRow[];
  /** Absolute numbers, not differences. */
  usages: FileUsage[];
};

/** Changes with only these rows. */
export const changesOf = (part: Partial<Changes>): Changes => ({
  accounts: [],
  conversations: [],
  messages: [],
  edits: [],
  hidden: [],
  marks: [],
  invites: [],
  pictures: [],
  seen: [],
  uploads: [],
  usages: [],
  ...part,
});

/** Appends rows to those of the same kind. */
export function addChanges(to: Changes, more: Partial<Changes>): void {
  for (const kind of Object.keys(more) as (keyof Changes)[]) {
    for (const row of more[kind] ?? []) (to[kind] as unknown[]).push(row);
  }
}

/** The lookups that a transaction needs, over durable or over pending rows. */
export interface Rows {
  account(id: Id): Account | undefined;
  accountByName(username: string): Account | undefined;
  deletedByName(username: string): Account | undefined;
  accountByIdentity(identity: Identity): Account | undefined;
  conversation(id: Id): Conversation | undefined;
  directBetween(a: Id, b: Id): DirectConversation | undefined;
  conversationsOf(userId: Id): Conversation[];
  invites(): Iterable<StoredInvite>;
  upload(ref: FileRef): UploadRow | undefined;
  uploads(): Iterable<UploadRow>;
  /** The files of a person in a conversation; zeros if they have none. */
  usageIn(conversationId: Id, userId: Id): FileUsage;
  /** The files in a conversation, by person; people without any are left out. */
  usagesIn(conversationId: Id): Iterable<FileUsage>;
  /** The files of a person, or of everyone. */
  totalUsage(userId?: Id): TotalUsage;
  recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined>;
  message(conversationId: Id, seq: number): Promise<StoredMessage | undefined>;
  hiddenOf(conversationId: Id, userId: Id): SeqRanges;
}

/** The header of a conversation after this message was appended or changed. */
export function withMessage(header: Conversation, message: StoredMessage): Conversation {
  const lastSeq = Math.max(header.lastSeq, message.seq);
  const isGone = message.deletedAt !== undefined || message.expired === true;
  const isUnpinned = isGone && header.pinned?.seq === message.seq;
  const queue = message.expiresAt === undefined ? {} : withQueueOf(header.expiring, message);
  return {
    ...(isUnpinned ? withoutPin(header) : header),
    ...queue,
    lastSeq,
    rev: Math.max(header.rev, message.rev, message.changedRev ?? 0),
  };
}

/** The header of a conversation with this message pinned, or with none. @throws Error for a message that it does not have */
export function withPin(
  header: Conversation | undefined,
  pinned: Conversation['pinned'],
  rev: number,
): Conversation {
  if (!header || isDeletedGroup(header)) throw new Error('a pin needs its conversation');
  if (pinned && (pinned.seq < 1 || pinned.seq > header.lastSeq)) throw new Error('a pin needs its message');
  return { ...withoutPin(header), ...(pinned && { pinned }), rev };
}

function withoutPin(header: Conversation): Conversation {
  const { pinned: _, ...rest } = header;
  return rest;
}

/** Whether a conversation is a group that was deleted: it has no members, and its messages are erased. */
export function isDeletedGroup({ kind, members }: Pick<Conversation, 'kind' | 'members'>): boolean {
  return kind === 'group' && members.length === 0;
}

/** The conversation of two people who have had none. */
export function newDirect([a, b]: [Id, Id], id: Id, rev: number): DirectConversation {
  return { id, kind: 'direct', members: a < b ? [a, b] : [b, a], lastSeq: 0, befriendedRev: 0, rev };
}

/** The oldest seq that a person may read: 1 in a direct conversation, infinity for a person who is no member. */
export function fromSeqOf(conversation: Conversation, userId: Id): number {
  if (conversation.kind === 'direct') return conversation.members.includes(userId) ? 1 : Infinity;
  return conversation.group.members.find((member) => member.userId === userId)?.fromSeq ?? Infinity;
}

/** The account of a person with one more friend, who is asked no more. */
export function withContact(account: Account, friend: Id, rev: number): Account {
  const { asked = [], askedBy = [] } = account;
  const friends = { ...account, contacts: [...new Set([...account.contacts, friend])] };
  if (!asked.includes(friend) && !askedBy.includes(friend)) return friends;
  const others = (ids: Id[]) => ids.filter((other) => other !== friend);
  return { ...friends, asked: others(asked), askedBy: others(askedBy), peopleRev: rev };
}

export function withoutContact(account: Account, friend: Id): Account {
  return { ...account, contacts: account.contacts.filter((contact) => contact !== friend) };
}

/** The account of a person who leaves a group. */
export function withDeparture(account: Account, conversationId: Id, rev: number): Account {
  const others = (account.departed ?? []).filter((one) => one.conversationId !== conversationId);
  const departed = [...others, { conversationId, rev }].slice(-MAX_DEPARTED);
  return { ...account, departed, peopleRev: rev };
}

/** The account of a person who comes back to a group; undefined if they did not leave it before. */
export function withReturn(account: Account, conversationId: Id): Account | undefined {
  const { departed = [] } = account;
  if (!departed.some((one) => one.conversationId === conversationId)) return undefined;
  const marked = departed.map((one) =>
    one.conversationId === conversationId ? { ...one, rejoined: true as const } : one,
  );
  return { ...account, departed: marked };
}

/** The attachments of a new message, as their uploads have them. @throws Error when one cannot be claimed */
export function claimedBy(
  { conversationId, senderId, attachments = [] }: NewMessage,
  rows: Pick<Rows, 'upload'>,
): StoredAttachment[] {
  const ids = attachments.map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw new Error('a message names an attachment once');
  return ids.map((id) => {
    const upload = rows.upload({ conversationId, id });
    if (upload?.state !== 'open' || upload.userId !== senderId)
      throw new Error('a message claims an open upload of its author');
    const { size, key, metadata, lost } = upload;
    return { id, size, key, metadata, ...(lost && { lost }) };
  });
}

/** What a person uses in a conversation with these files more (`sign` 1) or less (-1). */
export function usageWith(usage: FileUsage, files: { size: number }[], sign: 1 | -1): FileUsage {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { ...usage, bytes: usage.bytes + sign * bytes, files: usage.files + sign * files.length };
}

/** Rows that say of these files that they are discarded, or removed. */
export function uploadRows(
  state: 'discarded' | 'removed',
  conversationId: Id,
  files: { id: Id }[],
): UploadRow[] {
  return files.map(({ id }) => ({ state, id, conversationId }));
}

/** Adds or replaces the row of an upload, or deletes it once its bytes are removed or a message has claimed it. */
export function putUpload(uploads: Map<string, UploadRow>, row: UploadRow): void {
  if (row.state === 'removed') uploads.delete(fileKey(row));
  else uploads.set(fileKey(row), row);
}

/** Adds or replaces an invite, or deletes it once it is used up. */
export function putInvite(invites: Map<Id, StoredInvite>, invite: StoredInvite): void {
  if (invite.used < invite.uses) invites.set(invite.id, invite);
  else invites.delete(invite.id);
}

/** A message with the changes of another version of it, and the attachments that it loses. @throws Error for a new one */
export function changedMessage(
  known: StoredMessage,
  { attachments: named = [], ...rest }: StoredMessage,
  changedRev: number,
): { changed: StoredMessage; dropped: StoredAttachment[] } {
  const { id, senderId, receiverId, timestamp, rev, attachments = [] } = known;
  const isNamed = (one: StoredAttachment) => named.some((other) => other.id === one.id);
  const kept = attachments.filter(isNamed);
  if (kept.length < named.length) throw new Error('a change adds no attachment');
  const changed: StoredMessage = {
    ...rest,
    id,
    senderId,
    ...(receiverId !== undefined && { receiverId }),
    ...(kept.length > 0 && { attachments: kept }),
    timestamp,
    rev,
    changedRev,
  };
  return { changed, dropped: attachments.filter((one) => !isNamed(one)) };
}

/** A message with the ciphertexts of another version of it. @throws Error when more than those differ */
export function resealedMessage(known: StoredMessage | undefined, message: StoredMessage): StoredMessage {
  const idsOf = ({ attachments = [] }: StoredMessage) => attachments.map(({ id }) => id).join();
  if (
    known?.id !== message.id ||
    known.edit !== message.edit ||
    known.reactions?.edit !== message.reactions?.edit ||
    known.poll?.votes?.edit !== message.poll?.votes?.edit ||
    idsOf(known) !== idsOf(message)
  )
    throw new Error('a message that changed is not resealed');
  const { v, kid, content, attachments, reactions, poll } = message;
  return {
    ...{ ...known, v, kid, content },
    ...(attachments && { attachments }),
    ...(reactions && { reactions }),
    ...(poll?.votes && { poll: { ...known.poll, votes: poll.votes } }),
  };
}

/** A group with these requests and removed people in place of its own. */
export function withRequests(
  { requests: _, removed: __, ...rest }: Group,
  requests: Group['requests'],
  removed: Group['removed'],
): Group {
  return { ...rest, ...(requests && { requests }), ...(removed && { removed }) };
}

/** The uploads to a conversation that no message has claimed yet. */
export function openUploadsTo(rows: Pick<Rows, 'uploads'>, conversationId: Id): UploadRow[] {
  return [...rows.uploads()].filter((row) => row.state === 'open' && row.conversationId === conversationId);
}
