import type { Id } from '../../../wire/wire.ts';
import type { Rows } from '../../rows.ts';
import type { State } from './state.ts';

/** Where the rows of messages are read: pages or a database. */
type Messages = { recent: Rows['recentMessage']; message(id: Id, seq: number): ReturnType<Rows['message']> };

/** The durable rows as a transaction sees them: in memory, except for messages. */
export function durableRows(state: State, messages: Messages): Rows {
  return {
    account: (id) => state.account(id),
    accountByName: (username) => state.people.accounts.named(username),
    deletedByName: (username) => state.people.accounts.deletedNamed(username),
    accountByIdentity: (identity) => state.people.accounts.withIdentity(identity),
    conversation: (id) => state.conversation(id),
    directBetween: (a, b) => state.directBetween(a, b),
    conversationsOf: (userId) => state.conversationsOf(userId),
    invites: () => state.invites(),
    uploads: () => state.uploads(),
    upload: (ref) => state.upload(ref),
    usageIn: (conversationId, userId) => state.usageIn(conversationId, userId),
    usagesIn: (conversationId) => state.usagesIn(conversationId),
    totalUsage: (userId) => state.totalUsage(userId),
    recentMessage: (conversationId, messageId) => messages.recent(conversationId, messageId),
    message: (conversationId, seq) => messages.message(conversationId, seq),
    hiddenOf: (conversationId, userId) =>
      state.conversationState(conversationId)?.hidden.get(userId)?.ranges ?? [],
  };
}
