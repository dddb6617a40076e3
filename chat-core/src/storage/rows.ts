import type { Id } from '../wire.ts';
import type { Account, Conversation, Mark, StoredInvite, StoredMessage } from './store.ts';

/**
 * All rows a transaction writes. Accounts and headers replace those of the same id; messages are added, and each says
 * what its conversation's header becomes, so a header that only follows from messages is not among the conversations.
 */
export type Changes = {
  accounts: Account[];
  conversations: Conversation[];
  messages: StoredMessage[];
  marks: Mark[];
  invites: StoredInvite[];
};

/** No changes but these. */
export const changesOf = (part: Partial<Changes>): Changes => ({
  accounts: [],
  conversations: [],
  messages: [],
  marks: [],
  invites: [],
  ...part,
});

/** The look-ups a transaction needs, whether over durable rows or over pending ones. */
export interface Rows {
  account(id: Id): Account | undefined;
  accountByName(username: string): Account | undefined;
  conversation(id: Id): Conversation | undefined;
  directBetween(a: Id, b: Id): Conversation | undefined;
  invites(): Iterable<StoredInvite>;
  recentMessage(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined>;
}

/** A conversation's header once it holds this message. */
export function withMessage(header: Conversation, message: StoredMessage): Conversation {
  const lastSeq = Math.max(header.lastSeq, message.seq);
  return { ...header, lastSeq, rev: Math.max(header.rev, message.rev) };
}

/** Puts an invite where it belongs among others, or takes it away once it is used up. */
export function putInvite(invites: Map<Id, StoredInvite>, invite: StoredInvite): void {
  if (invite.used < invite.uses) invites.set(invite.id, invite);
  else invites.delete(invite.id);
}
