import { v4 as uuid } from 'uuid';
import { ApiError } from '../errors.ts';
import type { People } from '../people/people.ts';
import { toProfile } from '../people/public-profile.ts';
import type { Store, Tx } from '../storage/store.ts';
import type { AddFriendAnswer, Friend, Id } from '../wire/wire.ts';
import { hasBlocked } from './blocking.ts';
import { ask } from './requests.ts';

/** Whether adding somebody makes two people friends at once, or asks first (FRIENDSHIP). */
export type Friendship = 'instant' | 'request';

/**
 * Makes two people friends, both ways, in one transaction, and their conversation with it; or asks the other, unless
 * they have asked already. Whom somebody has blocked finds nobody of that name, or asks in vain and is not told.
 * @throws ApiError NO_SUCH_USER, SELF_FRIEND, ALREADY_FRIENDS, YOU_BLOCKED, LIST_FULL; nothing is changed then
 */
export function addFriend(
  store: Store,
  friendship: Friendship,
  userId: Id,
  friendUsername: string,
): Promise<AddFriendAnswer> {
  return store.transact(async (tx) => {
    const friend = await tx.accountByName(friendUsername);
    if (!friend) throw new ApiError('NO_SUCH_USER');
    if (friend.id === userId) throw new ApiError('SELF_FRIEND');
    if (friend.contacts.includes(userId)) throw new ApiError('ALREADY_FRIENDS');
    if (await hasBlocked(tx, userId, friend.id)) throw new ApiError('YOU_BLOCKED');
    if (friendship === 'instant' && (await hasBlocked(tx, friend.id, userId))) {
      throw new ApiError('NO_SUCH_USER');
    }
    const profile = toProfile(friend);
    if (friendship === 'instant' || friend.asked?.includes(userId)) {
      await tx.befriend(userId, friend.id, uuid());
      return { message: `You and ${friend.username} are friends now.`, contact: profile };
    }
    await ask(tx, userId, friend.id);
    return { message: `You asked ${friend.username} to be friends.`, requested: profile };
  });
}

/**
 * Ends a friendship on both sides in one transaction. Their conversation can be read on; sending stops. One that has
 * ended already is left as it is.
 * @throws ApiError NOT_FRIENDS when they never were
 */
export function removeFriend(store: Store, userId: Id, friendId: Id): Promise<void> {
  return store.transact(async (tx) => {
    if (await areFriends(tx, userId, friendId)) await tx.unfriend(userId, friendId);
    else if (!(await tx.directBetween(userId, friendId))) {
      throw new ApiError('NOT_FRIENDS', { detail: 'You are not friends.' });
    }
  });
}

/** The friends of one person, by name. @throws ApiError CIPHER_UNAVAILABLE */
export async function listFriends(store: Store, people: People, userId: Id): Promise<Friend[]> {
  const contacts = (await store.account(userId))?.contacts ?? [];
  const friends = await Promise.all(contacts.map((id) => people.profile(userId, id)));
  return friends.sort((a, b) => a.username.localeCompare(b.username));
}

/** Whether two people are friends, as a transaction or a reader sees it. */
export async function areFriends(reader: Pick<Tx, 'account'>, a: Id, b: Id): Promise<boolean> {
  return (await reader.account(a))?.contacts.includes(b) ?? false;
}
