import { ApiError } from '../errors.ts';
import { strangerProfiles } from '../people/public-profile.ts';
import type { Store } from '../storage/store.ts';
import type { Id, Profile } from '../wire/wire.ts';
import { requireAccount, withListed, withoutListed } from './relation-lists.ts';

/**
 * Blocks a person without notifying them: friendship ends for both, as by a removal, and requests between the two
 * disappear from the caller's side. A request that the other sent stays on the other's side as if it were unanswered.
 * Blocking again changes nothing.
 * @throws ApiError NO_SUCH_USER, LIST_FULL, INVALID_REQUEST for oneself
 */
export function block(store: Store, userId: Id, otherId: Id): Promise<void> {
  if (userId === otherId) throw new ApiError('INVALID_REQUEST', { detail: 'You cannot block yourself.' });
  return store.transact(async (tx) => {
    await requireAccount(tx, otherId);
    const before = await requireAccount(tx, userId);
    if (before.blocked?.includes(otherId)) return;
    if (before.contacts.includes(otherId)) await tx.unfriend(userId, otherId);
    const [me, other] = [await requireAccount(tx, userId), await requireAccount(tx, otherId)];
    const withoutRequests = withoutListed(me, ['asked', 'askedBy'], otherId) ?? me;
    await tx.savePeople(withListed(withoutRequests, 'blocked', otherId));
    const otherWithout = withoutListed(other, ['askedBy'], userId);
    if (otherWithout) await tx.savePeople(otherWithout);
  });
}

/** Unblocks a person, as a stranger: neither friendship nor requests come back. @throws ApiError NO_SUCH_ACCOUNT */
export function unblock(store: Store, userId: Id, otherId: Id): Promise<void> {
  return store.transact(async (tx) => {
    const me = await tx.account(userId);
    if (!me) throw new ApiError('NO_SUCH_ACCOUNT');
    const without = withoutListed(me, ['blocked'], otherId);
    if (without) await tx.savePeople(without);
  });
}

/** The people whom a person has blocked, oldest block first. */
export async function listBlocked(reader: Pick<Store, 'account'>, userId: Id): Promise<Profile[]> {
  return strangerProfiles(reader, (await reader.account(userId))?.blocked ?? []);
}
