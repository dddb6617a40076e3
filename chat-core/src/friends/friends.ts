import { v4 as uuid } from 'uuid';
import { ApiError } from '../errors.ts';
import type { Store } from '../storage/store.ts';
import type { Friend, Id } from '../wire.ts';
import { profilesOf, toProfile } from './profiles.ts';

/**
 * Makes two people friends, both ways, in one transaction; their conversation comes with it.
 * @throws ApiError NO_SUCH_USER, SELF_FRIEND, ALREADY_FRIENDS; nothing is changed then
 */
export function addFriend(store: Store, userId: Id, friendUsername: string): Promise<Friend> {
  return store.transact(async (tx) => {
    const friend = await tx.accountByName(friendUsername);
    if (!friend) throw new ApiError('NO_SUCH_USER');
    if (friend.id === userId) throw new ApiError('SELF_FRIEND');
    if (friend.contacts.includes(userId)) throw new ApiError('ALREADY_FRIENDS');
    await tx.befriend(userId, friend.id, uuid());
    return toProfile(friend);
  });
}

/** The friends of one person, by name. */
export async function listFriends(store: Store, userId: Id): Promise<Friend[]> {
  const contacts = (await store.account(userId))?.contacts ?? [];
  const friends = await profilesOf(store, contacts);
  return friends.sort((a, b) => a.username.localeCompare(b.username));
}

/** Whether two people are friends, as a transaction or a reader sees it. */
export async function areFriends(reader: Pick<Store, 'account'>, a: Id, b: Id): Promise<boolean> {
  return (await reader.account(a))?.contacts.includes(b) ?? false;
}
