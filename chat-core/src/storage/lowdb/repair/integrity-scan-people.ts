import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import { toId } from '../../foreign-ids.ts';
import { type Account, pairKey } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { CorruptionError, type DamageHandler } from '../pages/page-file.ts';
import { Pictures } from '../pages/pictures.ts';
import type { State } from '../state/state.ts';
import { placeholderAccount } from './placeholder.ts';

/** Accounts cannot be made up: only a backup has them all. */
export type LostAccounts = {
  /** How many rows of pages do not read, and of these how many are read all the same; undefined when it is not known. */
  unread: number | undefined;
  salvaged: number;
  /** Accounts of the journal that no page has: some may be new, others among those that do not read. */
  inJournal: number;
  /** Ids that others name, and that stand for an account that is lost. */
  placeholders: Id[];
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
export function putPlaceholders(state: State): Id[] {
  const named = [...membersWithoutAccount(state), ...allAccounts(state).flatMap(({ contacts }) => contacts)];
  const lost = [...new Set(named)].filter((id) => state.account(id) === undefined);
  for (const id of lost)
    state.putAccount(placeholderAccount(id, (name) => state.people.accounts.named(name) !== undefined));
  return lost;
}

/**
 * A friendship of which one half is left was made whole once, unless it was ended or one blocked the other; a contact
 * of nobody is none.
 * @returns friends whose conversation is gone, and who have an empty one now
 */
export function repairFriendships(state: State, revision: number, note: (what: string) => void): [Id, Id][] {
  const emptied: [Id, Id][] = [];
  for (const { id } of allAccounts(state)) {
    const account = state.account(id);
    if (!account) continue;
    const { contacts } = account;
    const known = contacts.filter((contact) => state.account(contact) !== undefined);
    if (known.length < contacts.length) {
      note(`${id} has contacts that are no accounts`);
      state.putAccount({ ...account, contacts: known });
    }
    for (const contact of known) {
      const other = state.account(contact);
      if (other && isOver(state, account, other)) {
        note(`${id} has the contact ${contact}, which is over`);
        endHalf(state, id, contact);
        endHalf(state, contact, id);
        continue;
      }
      if (other && !other.contacts.includes(id)) {
        note(`${id} has the contact ${contact}, who does not have ${id}`);
        state.putAccount({ ...other, contacts: [...other.contacts, id] });
      }
      if (state.directBetween(id, contact)) continue;
      note(`${id} and ${contact} are friends without a conversation`);
      const members: [Id, Id] = id < contact ? [id, contact] : [contact, id];
      emptied.push(members);
      const made = toId('conversation', pairKey(id, contact));
      state.putHeader({
        id: made,
        kind: 'direct',
        members,
        lastSeq: 0,
        befriendedRev: revision,
        rev: revision,
      });
    }
  }
  return emptied;
}

/** Whether somebody blocked the other, or one half of a friendship is left of one that was ended. */
function isOver(state: State, one: Account, other: Account): boolean {
  if (one.blocked?.includes(other.id) || other.blocked?.includes(one.id)) return true;
  const { befriendedRev = 0, unfriendedRev = 0 } = state.directBetween(one.id, other.id) ?? {};
  return !other.contacts.includes(one.id) && unfriendedRev > befriendedRev;
}

function endHalf(state: State, id: Id, contact: Id): void {
  const account = state.account(id);
  if (!account?.contacts.includes(contact)) return;
  state.putAccount({ ...account, contacts: account.contacts.filter((other) => other !== contact) });
}

/**
 * A request that is received was made; friends have none of each other, and nobody is blocked or asked who is nobody.
 * One that was made need not be received: whom the other has blocked is not told.
 */
export function repairRequests(state: State, revision: number, note: (what: string) => void): void {
  for (const account of allAccounts(state)) {
    const { id, contacts, blocked = [], asked = [], askedBy = [], peopleRev = 0 } = account;
    const isThere = (other: Id) => state.account(other) !== undefined;
    const isOpen = (other: Id) => isThere(other) && !contacts.includes(other) && !blocked.includes(other);
    const held = {
      blocked: blocked.filter(isThere),
      asked: asked.filter(isOpen),
      askedBy: askedBy.filter((other) => isOpen(other) && state.account(other)?.asked?.includes(id)),
    };
    const count = held.blocked.length + held.asked.length + held.askedBy.length;
    const isWhole = count === blocked.length + asked.length + askedBy.length;
    if (!isWhole) note(`${id} has requests or blocks that do not fit`);
    if (isWhole && peopleRev <= revision) continue;
    state.putAccount({ ...account, ...held, peopleRev: revision });
  }
}

/** Everybody, as of now. */
export function allAccounts(state: State): Account[] {
  const accounts: Account[] = [];
  for (let page = 1; ; page++) {
    const some = state.people.on(page);
    if (some.length === 0) return accounts;
    accounts.push(...some);
  }
}

/**
 * Looks for every picture an account names. One that is gone is noted, and its account has none then.
 * @returns the people whose picture is lost
 */
export async function scanPictures(
  disk: Disk,
  folder: string,
  state: State,
  onDamage: DamageHandler,
): Promise<Id[]> {
  const pictures = new Pictures(disk, join(folder, 'pictures'));
  const lost: Id[] = [];
  for (const { id } of allAccounts(state)) {
    const account = state.account(id);
    if (!account?.profile?.picture) continue;
    try {
      await pictures.read(state, id);
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      onDamage(error.path, error.offset, 'the picture that its account names is not in it');
      const { picture: _, ...profile } = account.profile;
      state.putAccount({ ...account, profile });
      lost.push(id);
    }
  }
  return lost;
}
