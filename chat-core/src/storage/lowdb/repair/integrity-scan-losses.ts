import type { Id } from '../../../wire/wire.ts';
import type { State } from '../state/state.ts';
import { allAccounts } from './integrity-scan-people.ts';
import { placeholderAccount } from './placeholder.ts';

/** Accounts cannot be made up: only a backup has them all. */
export type LostAccounts = {
  /** How many rows of pages do not read, and of these how many are read all the same; undefined when it is not known. */
  unread: number | undefined;
  salvaged: number;
  /** Accounts of the journal that no page has: some may be new, others among those that do not read. */
  inJournal: number;
  /** Ids that others name, and that stand for an account that is lost. */
  standIns: Id[];
};

export type LostConversations = {
  /** Conversations whose header was made anew from their messages. */
  rebuilt: Id[];
  /** Folders of messages in which nothing reads. */
  unreadable: Id[];
  /** Friends of whose conversation nothing is left. */
  emptied: [Id, Id][];
  /** Others of which nothing is left; undefined when their number is not known. */
  gone: number | undefined;
};

/** Ids that conversations name and that have no account: there was one for each. */
export function membersWithoutAccount(state: State): Id[] {
  const members = [...state.conversationStates()].flatMap(({ header }) => header.members);
  return [...new Set(members)].filter((id) => state.account(id) === undefined);
}

/** An account for each id that conversations and contacts name and that has none. */
export function putStandIns(state: State): Id[] {
  const named = [...membersWithoutAccount(state), ...allAccounts(state).flatMap(({ contacts }) => contacts)];
  const lost = [...new Set(named)].filter((id) => state.account(id) === undefined);
  for (const id of lost)
    state.putAccount(placeholderAccount(id, (name) => state.people.accounts.named(name) !== undefined));
  return lost;
}
