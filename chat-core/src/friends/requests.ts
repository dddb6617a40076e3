import { v4 as uuid } from 'uuid';
import { ApiError } from '../errors.ts';
import { profilesOf, toProfile } from '../people/public-profile.ts';
import type { Store, Tx } from '../storage/store.ts';
import type { Friend, FriendRequests, Id } from '../wire/wire.ts';
import { hasBlocked } from './blocking.ts';
import { listed, requireAccount, unlisted } from './relation-lists.ts';

/**
 * Asks somebody to be friends. Whoever has blocked the one who asks is not told, and the answer is the same: the
 * request stands on the asking side alone. Asking again changes nothing.
 * @throws ApiError LIST_FULL
 */
export async function ask(tx: Tx, userId: Id, otherId: Id): Promise<void> {
  const [me, other] = [await requireAccount(tx, userId), await requireAccount(tx, otherId)];
  if (me.asked?.includes(otherId)) return;
  const asking = listed(me, 'asked', otherId);
  const asked = listed(other, 'askedBy', userId);
  await tx.savePeople(asking);
  if (!(await hasBlocked(tx, otherId, userId))) await tx.savePeople(asked);
}

/**
 * Makes friends of two of whom the other has asked; nothing is changed when they are friends already.
 * @throws ApiError NO_SUCH_REQUEST when there is none any more
 */
export function accept(store: Store, userId: Id, askingId: Id): Promise<Friend> {
  return store.transact(async (tx) => {
    const me = await tx.account(userId);
    if (me?.askedBy?.includes(askingId)) await tx.befriend(userId, askingId, uuid());
    else if (!me?.contacts.includes(askingId)) throw new ApiError('NO_SUCH_REQUEST');
    return toProfile(await requireAccount(tx, askingId));
  });
}

/** Ends the request somebody made; one that is not there counts as ended. @throws ApiError NO_SUCH_REQUEST of a friend */
export function decline(store: Store, userId: Id, askingId: Id): Promise<void> {
  return store.transact((tx) => endRequest(tx, userId, 'askedBy', askingId));
}

/** Ends the request one made; one that is not there counts as ended. @throws ApiError NO_SUCH_REQUEST of a friend */
export function withdraw(store: Store, userId: Id, askedId: Id): Promise<void> {
  return store.transact((tx) => endRequest(tx, userId, 'asked', askedId));
}

/** Who asks this person, and whom they have asked, in the order of asking. */
export async function listRequests(reader: Pick<Store, 'account'>, userId: Id): Promise<FriendRequests> {
  const { asked = [], askedBy = [] } = (await reader.account(userId)) ?? {};
  const [incoming, outgoing] = await Promise.all([profilesOf(reader, askedBy), profilesOf(reader, asked)]);
  return { incoming, outgoing };
}

/** The other side may not have it: who blocked the one who asked was never told. */
async function endRequest(tx: Tx, userId: Id, list: 'asked' | 'askedBy', otherId: Id): Promise<void> {
  const me = await tx.account(userId);
  // It was accepted: what was wanted cannot be had any more.
  if (me?.contacts.includes(otherId)) throw new ApiError('NO_SUCH_REQUEST');
  const without = me && unlisted(me, [list], otherId);
  if (!without) return;
  await tx.savePeople(without);
  const other = await tx.account(otherId);
  const theirs = other && unlisted(other, [list === 'asked' ? 'askedBy' : 'asked'], userId);
  if (theirs) await tx.savePeople(theirs);
}
