import { ApiError } from '../errors.ts';
import { profilesOf } from '../people/public-profile.ts';
import type { Store } from '../storage/store.ts';
import type { Id, Profile } from '../wire/wire.ts';
import { listed, requireAccount, unlisted } from './relation-lists.ts';

type Reader = Pick<Store, 'account'>;

/**
 * Shuts somebody out, at once and without a word: friendship ends both ways, as by a removal, and requests between the
 * two are gone from this person's sight. What the other asked stays on their own side as if nobody had answered.
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
    await tx.savePeople(listed(unlisted(me, ['asked', 'askedBy'], otherId) ?? me, 'blocked', otherId));
    const theirs = unlisted(other, ['askedBy'], userId);
    if (theirs) await tx.savePeople(theirs);
  });
}

/** Lets somebody in again, as a stranger: neither friendship nor request comes back. @throws ApiError NO_SUCH_ACCOUNT */
export function unblock(store: Store, userId: Id, otherId: Id): Promise<void> {
  return store.transact(async (tx) => {
    const me = await tx.account(userId);
    if (!me) throw new ApiError('NO_SUCH_ACCOUNT');
    const without = unlisted(me, ['blocked'], otherId);
    if (without) await tx.savePeople(without);
  });
}

/** Whom a person has blocked, in the order they did. */
export async function listBlocked(reader: Reader, userId: Id): Promise<Profile[]> {
  return profilesOf(reader, (await reader.account(userId))?.blocked ?? []);
}

/** Whether one of two people has blocked the other, whichever: then neither learns anything of the other. */
export async function isBlocked(reader: Reader, a: Id, b: Id): Promise<boolean> {
  return (await hasBlocked(reader, a, b)) || (await hasBlocked(reader, b, a));
}

/** Whether the first has blocked the second. */
export async function hasBlocked(reader: Reader, by: Id, id: Id): Promise<boolean> {
  return (await reader.account(by))?.blocked?.includes(id) ?? false;
}
