import { v4 as uuid } from 'uuid';
import { areFriends, hasBlocked, requireLiving } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import { type Profiles, strangerProfile, strangerProfiles } from '../people/public-profile.ts';
import type { Store, Tx } from '../storage/store.ts';
import type { AddFriendAnswer, Friend, FriendRequests, Id } from '../wire/wire.ts';
import { requireAccount, withListed, withoutListed } from './relation-lists.ts';

/** Whether adding a person makes friends at once or sends a request (FRIENDSHIP). */
export type Friendship = 'instant' | 'request';

/**
 * Makes two people friends and creates their conversation, in one transaction; or sends a request, unless the other has
 * sent one already. People whose friendship has ended become friends again by request alone, whatever FRIENDSHIP says. A person who is blocked finds no such name, or sends a request that no one sees.
 * @throws ApiError NO_SUCH_USER, SELF_FRIEND, ALREADY_FRIENDS, YOU_BLOCKED, LIST_FULL, UNAUTHENTICATED; nothing is changed then
 */
export function addFriend(
  store: Store,
  friendship: Friendship,
  userId: Id,
  friendUsername: string,
): Promise<AddFriendAnswer> {
  return store.transact(async (tx) => {
    await requireLiving(tx, userId);
    const friend = await tx.accountByName(friendUsername);
    if (!friend) throw new ApiError('NO_SUCH_USER');
    if (friend.id === userId) throw new ApiError('SELF_FRIEND');
    if (friend.contacts.includes(userId)) throw new ApiError('ALREADY_FRIENDS');
    if (await hasBlocked(tx, userId, friend.id)) throw new ApiError('YOU_BLOCKED');
    const hasEnded = (await tx.directBetween(userId, friend.id))?.unfriendedRev !== undefined;
    const isInstant = friendship === 'instant' && !hasEnded;
    if (isInstant && (await hasBlocked(tx, friend.id, userId))) throw new ApiError('NO_SUCH_USER');
    const profile = strangerProfile(friend);
    if (isInstant || friend.asked?.includes(userId)) {
      await tx.befriend(userId, friend.id, uuid());
      return { message: `You and ${friend.username} are friends now.`, contact: profile };
    }
    await sendRequest(tx, userId, friend.id);
    return { message: `You asked ${friend.username} to be friends.`, requested: profile };
  });
}

/**
 * Ends a friendship on both sides in one transaction. Their conversation stays readable; sending stops. One that has
 * ended already is left as it is.
 * @throws ApiError NOT_FRIENDS when they never were
 */
export function removeFriend(store: Store, userId: Id, friendId: Id): Promise<void> {
  return store.transact(async (tx) => {
    if (await areFriends(tx, userId, friendId)) await tx.unfriend(userId, friendId);
    else if (userId === friendId || !(await tx.directBetween(userId, friendId))) {
      throw new ApiError('NOT_FRIENDS', { detail: 'You are not friends.' });
    }
  });
}

/** The friends of one person, by name. @throws ApiError CIPHER_UNAVAILABLE */
export async function listFriends(store: Store, profiles: Profiles, userId: Id): Promise<Friend[]> {
  const contacts = (await store.account(userId))?.contacts ?? [];
  const friends = await Promise.all(contacts.map((id) => profiles.visibleTo(userId, id)));
  return friends.sort((a, b) => a.username.localeCompare(b.username));
}

/**
 * Accepts the request of another person; changes nothing when they are friends already.
 * @throws ApiError NO_SUCH_REQUEST when there is none any more
 */
export function accept(store: Store, userId: Id, requesterId: Id): Promise<Friend> {
  return store.transact(async (tx) => {
    const me = await tx.account(userId);
    if (me?.askedBy?.includes(requesterId)) await tx.befriend(userId, requesterId, uuid());
    else if (!me?.contacts.includes(requesterId)) throw new ApiError('NO_SUCH_REQUEST');
    return strangerProfile(await requireAccount(tx, requesterId));
  });
}

/** Declines a request; one that is not there counts as declined. @throws ApiError NO_SUCH_REQUEST of a friend */
export function decline(store: Store, userId: Id, requesterId: Id): Promise<void> {
  return store.transact((tx) => endRequest(tx, userId, 'askedBy', requesterId));
}

/** Withdraws one's own request; one that is not there counts as withdrawn. @throws ApiError NO_SUCH_REQUEST of a friend */
export function withdraw(store: Store, userId: Id, recipientId: Id): Promise<void> {
  return store.transact((tx) => endRequest(tx, userId, 'asked', recipientId));
}

/** The requests that a person received and sent, oldest first. */
export async function listRequests(reader: Pick<Store, 'account'>, userId: Id): Promise<FriendRequests> {
  const { asked = [], askedBy = [] } = (await reader.account(userId)) ?? {};
  const [incoming, outgoing] = await Promise.all([
    strangerProfiles(reader, askedBy),
    strangerProfiles(reader, asked),
  ]);
  return { incoming, outgoing };
}

/**
 * Sends a friend request. If the other has blocked the sender, only the sender's side stores it, and the result is the
 * same. Sending it again changes nothing.
 * @throws ApiError LIST_FULL
 */
async function sendRequest(tx: Tx, userId: Id, otherId: Id): Promise<void> {
  const [me, other] = [await requireAccount(tx, userId), await requireAccount(tx, otherId)];
  if (me.asked?.includes(otherId)) return;
  const sender = withListed(me, 'asked', otherId);
  const recipient = withListed(other, 'askedBy', userId);
  await tx.savePeople(sender);
  if (!(await hasBlocked(tx, otherId, userId))) await tx.savePeople(recipient);
}

/** The other person may not have the request: one who blocked its sender never received it. */
async function endRequest(tx: Tx, userId: Id, list: 'asked' | 'askedBy', otherId: Id): Promise<void> {
  const me = await tx.account(userId);
  // The request was accepted: it cannot be ended any more.
  if (me?.contacts.includes(otherId)) throw new ApiError('NO_SUCH_REQUEST');
  const without = me && withoutListed(me, [list], otherId);
  if (!without) return;
  await tx.savePeople(without);
  const other = await tx.account(otherId);
  const otherWithout = other && withoutListed(other, [list === 'asked' ? 'askedBy' : 'asked'], userId);
  if (otherWithout) await tx.savePeople(otherWithout);
}
