import type { Id } from '../wire/wire.ts';
import type { SeqRanges } from './seq-ranges.ts';
import {
  type Account,
  type Conversation,
  type DirectConversation,
  type FileRef,
  type FileUsage,
  fileKey,
  type HiddenMessage,
  type Mark,
  type Seen,
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
export function addChanges(to: Changes, more: Changes): void {
  for (const kind of Object.keys(more) as (keyof Changes)[]) (to[kind] as unknown[]).push(...more[kind]);
}

/** The lookups that a transaction needs, over durable or over pending rows. */
export interface Rows {
  account(id: Id): Account | undefined;
  accountByName(username: string): Account | undefined;
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
  return { ...header, lastSeq, rev: Math.max(header.rev, message.rev, message.changedRev ?? 0) };
}

/** Whether a conversation is a group that was deleted: it has no members, and its messages are erased. */
export function isDeletedGroup({ kind, members }: Pick<Conversation, 'kind' | 'members'>): boolean {
  return kind === 'group' && members.length === 0;
}

/** The oldest seq that a person may read: 1 in a direct conversation, infinity for a person who is no member. */
export function fromSeqOf(conversation: Conversation, userId: Id): number {
  if (conversation.kind === 'direct') return conversation.members.includes(userId) ? 1 : Infinity;
  return conversation.group.members.find((member) => member.userId === userId)?.fromSeq ?? Infinity;
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
