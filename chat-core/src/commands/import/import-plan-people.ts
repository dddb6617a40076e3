import { isBlocked } from '../../friends/blocking.ts';
import { MAX_IN } from '../../friends/relation-lists.ts';
import { type Account, pairKey, type Store } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import type { SeedUser } from './seed-file.ts';

export type PlannedFriendships = {
  friendships: [Id, Id][];
  /** Contacts of nobody: whose, and the id that is missing. */
  dropped: { username: string; contact: Id }[];
};

/** Friendships of the file that are not here. What was ended or blocked, here or in the file, does not begin again. */
export async function planFriendships(users: SeedUser[], store: Store): Promise<PlannedFriendships> {
  const inFile = new Map(users.map((user) => [user.id, user]));
  const friendships = new Map<string, [Id, Id]>();
  const dropped: PlannedFriendships['dropped'] = [];
  for (const { id, username, contacts, blocked } of users) {
    for (const contact of contacts.filter((other) => other !== id)) {
      const other = inFile.get(contact);
      if (!other && !(await store.account(contact))) dropped.push({ username, contact });
      else if (blocked.includes(contact) || other?.blocked.includes(id)) continue;
      else if (await isFree(store, id, contact)) friendships.set(pairKey(id, contact), [id, contact]);
    }
  }
  return { friendships: [...friendships.values()], dropped };
}

async function isFree(store: Store, id: Id, contact: Id): Promise<boolean> {
  if ((await store.account(id))?.contacts.includes(contact)) return false;
  const direct = await store.directBetween(id, contact);
  return direct?.unfriendedRev === undefined && !(await isBlocked(store, id, contact));
}

/**
 * The blocks and requests a new account brings along: blocks of whoever is here or comes too; requests among new ones,
 * where both sides say the same. Whom the other has blocked asks alone.
 */
export async function planLists(
  user: SeedUser,
  fresh: ReadonlyMap<Id, SeedUser>,
  store: Store,
): Promise<Pick<Account, 'blocked' | 'asked' | 'askedBy'>> {
  const isThere = async (id: Id) => fresh.has(id) || (await store.account(id)) !== undefined;
  const { id, contacts } = user;
  const blocked: Id[] = [];
  for (const other of new Set(user.blocked)) if (other !== id && (await isThere(other))) blocked.push(other);
  const open = (ids: Id[]) =>
    [...new Set(ids)].flatMap((other) => {
      const found = fresh.get(other);
      const isFriend = contacts.includes(other) || found?.contacts.includes(id);
      return found && other !== id && !isFriend && !blocked.includes(other) ? [found] : [];
    });
  const lists = {
    blocked,
    asked: open(user.asked).filter((other) => other.askedBy.includes(id) || other.blocked.includes(id)),
    askedBy: open(user.askedBy).filter((other) => other.asked.includes(id)),
  };
  const kept = {
    blocked: lists.blocked.slice(0, MAX_IN.blocked),
    asked: lists.asked.map((one) => one.id).slice(0, MAX_IN.asked),
    askedBy: lists.askedBy.map((one) => one.id).slice(0, MAX_IN.askedBy),
  };
  return Object.fromEntries(Object.entries(kept).filter(([, ids]) => ids.length > 0));
}
