import { MAX_SHARED_NAME } from '../../auth/sessions.ts';
import { isBlocked } from '../../conversations/relations.ts';
import { MAX_LISTED } from '../../friends/relation-lists.ts';
import { type Account, foldName, pairKey, type Store } from '../../storage/store.ts';
import { freeUsername } from '../../storage/usernames.ts';
import type { Id } from '../../wire/wire.ts';
import type { SeedUser } from './seed-file.ts';

export type PlannedAccounts = {
  accounts: Account[];
  knownUsers: number;
  /** Accounts of a previous import whose passwords are from now on also accepted as the other program hashed them. */
  rawPasswordIds: Id[];
  /** Usernames of users whose id a previous user of the file has. */
  duplicates: string[];
  renamed: { from: string; to: string }[];
  /** New usernames of users whose password hash had too high a cost. */
  tooCostly: string[];
  /** New usernames of users who cannot log in with their former name: too many others had it. */
  unreachable: string[];
};

export type PlannedFriendships = {
  friendships: [Id, Id][];
  /** Contacts without an account: whose contact, and the missing id. */
  dropped: { username: string; contact: Id }[];
};

/** An invalid or taken username is replaced; of two equal ones in the file the first user has it. */
export async function planAccounts(users: SeedUser[], store: Store): Promise<PlannedAccounts> {
  const accounts = new Map<Id, Account>();
  const renamed: PlannedAccounts['renamed'] = [];
  const distinct = [...new Map(users.toReversed().map((user) => [user.id, user])).values()].reverse();
  const first = new Set(distinct);
  const duplicates = users.filter((user) => !first.has(user)).map(({ username }) => username);
  const rawPasswordIds: Id[] = [];
  const added: SeedUser[] = [];
  const taken = new Set<string>();
  const tooCostly: string[] = [];
  const unreachable: string[] = [];
  const sharing = new Map<string, number>();
  for (const user of distinct) {
    const known = await store.account(user.id);
    const isOfImport = known?.password === user.password && user.rawPassword && !known.rawPassword;
    if (isOfImport) rawPasswordIds.push(user.id);
    if (known) continue;
    added.push(user);
    const holder = await store.accountByName(user.username);
    if (holder) taken.add(foldName(user.username));
  }
  const addedById = new Map(added.map((user) => [user.id, user]));
  for (const user of added) {
    const { id, username, password, rawPassword, formerName, suspended, quotaMb, deletedAt } = user;
    let name = freeUsername(username, (folded) => taken.has(folded));
    while (await store.accountByName(name)) {
      taken.add(foldName(name));
      name = freeUsername(username, (folded) => taken.has(folded));
    }
    taken.add(foldName(name));
    const former = name === username.normalize('NFKC') ? formerName : username;
    const isReachable = former === undefined || (await shareName(former, sharing, store)) <= MAX_SHARED_NAME;
    if (name !== username.normalize('NFKC')) renamed.push({ from: username, to: name });
    if (user.isTooCostly) tooCostly.push(name);
    if (!isReachable) unreachable.push(name);
    const lists = await planLists(user, addedById, store);
    const account = { id, username: name, password, contacts: [], ...lists, tokenVersion: 0, devices: [] };
    accounts.set(id, {
      ...account,
      ...(rawPassword && { rawPassword }),
      ...(suspended && { suspended }),
      ...(deletedAt !== undefined && { deletedAt }),
      ...(quotaMb !== undefined && { quotaMb }),
      ...(isReachable && former !== undefined && { formerName: former }),
    });
  }
  const knownUsers = distinct.length - added.length;
  return {
    accounts: [...accounts.values()],
    knownUsers,
    renamed,
    rawPasswordIds,
    duplicates,
    tooCostly,
    unreachable,
  };
}

/** The number of accounts with this former name, this one included: those of the store, and those planned before. */
async function shareName(former: string, sharing: Map<string, number>, store: Store): Promise<number> {
  const name = foldName(former);
  const stored = (await store.accountsByName(name)).filter(({ username }) => foldName(username) !== name);
  const count = (sharing.get(name) ?? stored.length) + 1;
  sharing.set(name, count);
  return count;
}

/** Friendships of the file that do not exist yet. One that was ended or blocked, here or in the file, is not renewed. */
export async function planFriendships(users: SeedUser[], store: Store): Promise<PlannedFriendships> {
  const inFile = new Map(users.map((user) => [user.id, user]));
  const friendships = new Map<string, [Id, Id]>();
  const dropped: PlannedFriendships['dropped'] = [];
  for (const { id, username, contacts, blocked } of users) {
    for (const contact of contacts.filter((other) => other !== id)) {
      const other = inFile.get(contact);
      if (!other && !(await store.account(contact))) dropped.push({ username, contact });
      else if (blocked.includes(contact) || other?.blocked.includes(id)) continue;
      else if (await mayBefriend(store, id, contact)) friendships.set(pairKey(id, contact), [id, contact]);
    }
  }
  return { friendships: [...friendships.values()], dropped };
}

async function mayBefriend(store: Store, id: Id, contact: Id): Promise<boolean> {
  if ((await store.account(id))?.contacts.includes(contact)) return false;
  const direct = await store.directBetween(id, contact);
  return direct?.unfriendedRev === undefined && !(await isBlocked(store, id, contact));
}

/**
 * The blocks and friend requests of a new account: blocks of accounts that exist or are added; requests between added
 * accounts where both sides list them. A request to a person who blocked its sender needs only the sender's side.
 */
async function planLists(
  user: SeedUser,
  added: ReadonlyMap<Id, SeedUser>,
  store: Store,
): Promise<Pick<Account, 'blocked' | 'asked' | 'askedBy'>> {
  const exists = async (id: Id) => added.has(id) || (await store.account(id)) !== undefined;
  const { id, contacts } = user;
  const blocked: Id[] = [];
  for (const other of new Set(user.blocked)) if (other !== id && (await exists(other))) blocked.push(other);
  const open = (ids: Id[]) =>
    [...new Set(ids)].flatMap((other) => {
      const found = added.get(other);
      const isFriend = contacts.includes(other) || found?.contacts.includes(id);
      return found && other !== id && !isFriend && !blocked.includes(other) ? [found] : [];
    });
  const asked = open(user.asked).filter((other) => other.askedBy.includes(id) || other.blocked.includes(id));
  const askedBy = open(user.askedBy).filter((other) => other.asked.includes(id));
  const lists = {
    blocked: blocked.slice(0, MAX_LISTED.blocked),
    asked: asked.map((one) => one.id).slice(0, MAX_LISTED.asked),
    askedBy: askedBy.map((one) => one.id).slice(0, MAX_LISTED.askedBy),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, ids]) => ids.length > 0));
}
