import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import { toId } from '../../foreign-ids.ts';
import { type Account, pairKey } from '../../store.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { CorruptionError, type DamageHandler } from '../pages/page-file.ts';
import { Pictures } from '../pages/pictures.ts';
import type { State } from '../state/state.ts';
import { placeholderAccount } from './placeholder.ts';

/** Lost accounts. They cannot be reconstructed: only a backup has all of them. */
export type LostAccounts = {
  /** Number of rows in damaged pages, undefined if unknown, and how many of these rows were readable. */
  unread: number | undefined;
  salvaged: number;
  /** Number of accounts that only the journal has: some are new, others may be among the lost rows. */
  inJournal: number;
  /** Ids of lost accounts that other rows name, and that have a placeholder now. */
  placeholders: Id[];
};

export type LostConversations = {
  /** Conversations whose header was rebuilt from their messages. */
  rebuilt: Id[];
  /** Groups among them whose members were found in their messages: name, picture and rules are lost. */
  rebuiltGroups: Id[];
  /** Groups without a header in whose messages no member was found. */
  memberless: Id[];
  /** Conversations without a header and without a readable message. */
  unreadable: Id[];
  /** Pairs of friends whose conversation is lost. */
  emptied: [Id, Id][];
  /** Number of other lost conversations, undefined if unknown. */
  gone: number | undefined;
};

/** Members of conversations whose account is lost. */
export function membersWithoutAccount(state: State): Id[] {
  const members = [...state.conversationStates()].flatMap(({ header }) => header.members);
  return [...new Set(members)].filter((id) => state.account(id) === undefined);
}

/** Adds a placeholder account for each id that conversations or contacts name and that has no account. */
export function putPlaceholders(state: State): Id[] {
  const named = [...membersWithoutAccount(state), ...allAccounts(state).flatMap(({ contacts }) => contacts)];
  const lost = [...new Set(named)].filter((id) => state.account(id) === undefined);
  for (const id of lost)
    state.putAccount(placeholderAccount(id, (name) => state.people.accounts.named(name) !== undefined));
  return lost;
}

/**
 * Completes friendships that only one side has, unless the friendship ended or one side blocked the other, and removes
 * contacts without an account. @returns pairs of friends whose conversation is lost, and who have an empty one now
 */
export function repairFriendships(
  state: State,
  revision: number,
  report: (what: string) => void,
): [Id, Id][] {
  const emptied: [Id, Id][] = [];
  for (const { id } of allAccounts(state)) {
    const account = state.account(id);
    if (!account) continue;
    const { contacts } = account;
    const known = contacts.filter((contact) => state.account(contact) !== undefined);
    if (known.length < contacts.length) {
      report(`${id} has contacts that are no accounts`);
      state.putAccount({ ...account, contacts: known });
    }
    for (const contact of known) {
      const other = state.account(contact);
      if (other && hasEnded(state, account, other)) {
        report(`${id} has the contact ${contact}, which is over`);
        removeContact(state, id, contact);
        removeContact(state, contact, id);
        continue;
      }
      if (other && !other.contacts.includes(id)) {
        report(`${id} has the contact ${contact}, who does not have ${id}`);
        state.putAccount({ ...other, contacts: [...other.contacts, id] });
      }
      if (state.directBetween(id, contact)) continue;
      report(`${id} and ${contact} are friends without a conversation`);
      const members: [Id, Id] = id < contact ? [id, contact] : [contact, id];
      emptied.push(members);
      const conversationId = toId('conversation', pairKey(id, contact));
      state.putHeader({
        id: conversationId,
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

/** Whether one side blocked the other, or a contact on one side is left of a friendship that ended. */
function hasEnded(state: State, one: Account, other: Account): boolean {
  if (one.blocked?.includes(other.id) || other.blocked?.includes(one.id)) return true;
  const { befriendedRev = 0, unfriendedRev = 0 } = state.directBetween(one.id, other.id) ?? {};
  return !other.contacts.includes(one.id) && unfriendedRev > befriendedRev;
}

function removeContact(state: State, id: Id, contact: Id): void {
  const account = state.account(id);
  if (!account?.contacts.includes(contact)) return;
  state.putAccount({ ...account, contacts: account.contacts.filter((other) => other !== contact) });
}

/**
 * Removes friend requests between friends, requests and blocks of missing accounts, and received requests that were not
 * sent. A sent request need not be received: a person who blocked the sender does not receive it.
 */
export function repairRequests(state: State, revision: number, report: (what: string) => void): void {
  for (const account of allAccounts(state)) {
    const { id, contacts, blocked = [], asked = [], askedBy = [], peopleRev = 0 } = account;
    const isThere = (other: Id) => state.account(other) !== undefined;
    const isOpen = (other: Id) => isThere(other) && !contacts.includes(other) && !blocked.includes(other);
    const valid = {
      blocked: blocked.filter(isThere),
      asked: asked.filter(isOpen),
      askedBy: askedBy.filter((other) => isOpen(other) && state.account(other)?.asked?.includes(id)),
    };
    const count = valid.blocked.length + valid.asked.length + valid.askedBy.length;
    const isWhole = count === blocked.length + asked.length + askedBy.length;
    if (!isWhole) report(`${id} has requests or blocks that do not fit`);
    if (isWhole && peopleRev <= revision) continue;
    state.putAccount({ ...account, ...valid, peopleRev: revision });
  }
}

/** All accounts. */
export function allAccounts(state: State): Account[] {
  const accounts: Account[] = [];
  for (let page = 1; ; page++) {
    const some = state.people.on(page);
    if (some.length === 0) return accounts;
    accounts.push(...some);
  }
}

/**
 * Checks the picture that each account and each group names. A lost one is reported and removed from its account or group.
 * @returns the people, and the groups by conversation id, whose picture is lost
 */
export async function scanPictures(
  disk: KeyedDisk,
  folder: string,
  state: State,
  onDamage: DamageHandler,
): Promise<Id[]> {
  const pictures = new Pictures(disk, join(folder, 'pictures'));
  const lost: Id[] = [];
  const groupIds = [...state.conversationStates()].map(({ header }) => header.id);
  for (const id of [...allAccounts(state).map((account) => account.id), ...groupIds]) {
    if (state.pictureIdOf(id) === undefined) continue;
    try {
      await pictures.read(state, id);
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      onDamage(error.path, error.offset, 'the picture that its account or group names is not in it');
      withoutPicture(state, id);
      lost.push(id);
    }
  }
  return lost;
}

function withoutPicture(state: State, id: Id): void {
  const account = state.account(id);
  if (account?.profile) {
    const { picture: _, ...profile } = account.profile;
    state.putAccount({ ...account, profile });
  }
  const header = state.conversation(id);
  if (header?.kind !== 'group') return;
  const { picture: _, ...group } = header.group;
  state.putHeader({ ...header, group });
}
