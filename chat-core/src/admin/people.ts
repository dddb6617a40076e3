import { openUploads } from '../attachments/quota.ts';
import { ApiError } from '../errors.ts';
import { type Account, foldName, type Store, type UploadRow } from '../storage/store.ts';
import type { ChangePerson, Id, OwnerPeople, OwnerPerson } from '../wire/wire.ts';
import { requireAnotherOwner, saveNotified } from './owners.ts';

/** People on one page. */
const PAGE_LIMIT = 50;

/** What a verb did, for the audit trail: each a word of its own. */
export type PersonAction =
  | 'suspend'
  | 'unsuspend'
  | 'set-quota'
  | 'make-owner'
  | 'unmake-owner'
  | 'reset-code';

/** People by username, those after the name `after`; `next` is the name to go on after. */
export async function listPeople(store: Store, after = '', limit = PAGE_LIMIT): Promise<OwnerPeople> {
  const accounts = await Promise.all(store.allIds().accounts.map((id) => store.account(id)));
  const following = accounts
    .filter((one) => one !== undefined)
    .filter(({ deletedAt }) => deletedAt === undefined)
    .map((account) => ({ account, name: foldName(account.username) }))
    .filter(({ name }) => name > foldName(after))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = following.slice(0, limit);
  const uploads = store.uploads();
  const last = page.at(-1)?.account.username;
  return {
    people: page.map(({ account }) => toOwnerPerson(store, account, uploads)),
    ...(following.length > limit && last !== undefined && { next: last }),
  };
}

/** What an owner sees of a person: no profile, no friends, nothing they wrote. */
export function toOwnerPerson(
  store: Store,
  { id, username, devices, suspended, owner, quotaMb }: Account,
  uploads: UploadRow[] = store.uploads(),
): OwnerPerson {
  const seen = [store.lastSeen(id), ...devices.map(({ lastSeenAt }) => lastSeenAt)];
  const lastSeen = Math.max(...seen.filter((at) => at !== undefined), 0);
  const unsent = openUploads(uploads).filter(({ userId }) => userId === id);
  return {
    id,
    username,
    ...(lastSeen > 0 && { lastSeenAt: store.time.toWall(lastSeen) }),
    ...(suspended && { suspended }),
    ...(owner && { owner }),
    storedBytes: unsent.reduce((sum, { size }) => sum + size, store.totalUsage(id).bytes),
    ...(quotaMb !== undefined && { quotaMb }),
  };
}

/**
 * Suspends a person, which ends their sessions at once, or lets them in again; sets or removes a quota of their own; makes
 * them an owner or no owner. A change that is in effect already writes nothing. @returns the person, and what was changed
 * @throws ApiError NO_SUCH_ACCOUNT; LAST_OWNER when no owner who may log in would be left
 */
export async function changePerson(
  store: Store,
  id: Id,
  { suspended, quotaMb, owner }: ChangePerson,
): Promise<{ person: OwnerPerson; actions: PersonAction[] }> {
  const { account, actions } = await store.transact(async (tx) => {
    const before = await tx.account(id);
    if (!before || before.deletedAt !== undefined) throw new ApiError('NO_SUCH_ACCOUNT');
    const done: PersonAction[] = [];
    let now = before;
    if (owner !== undefined && owner !== Boolean(now.owner)) {
      // A reset code of before was made without the ticket that one of an owner needs.
      const { owner: _, reset: __, ...rest } = now;
      now = owner ? { ...rest, owner } : rest;
      done.push(owner ? 'make-owner' : 'unmake-owner');
    }
    if (suspended !== undefined && suspended !== Boolean(now.suspended)) {
      const { suspended: _, ...rest } = now;
      now = suspended ? { ...rest, suspended, devices: [], tokenVersion: rest.tokenVersion + 1 } : rest;
      done.push(suspended ? 'suspend' : 'unsuspend');
    }
    if (quotaMb !== undefined && (quotaMb ?? undefined) !== now.quotaMb) {
      const { quotaMb: _, ...rest } = now;
      now = quotaMb === null ? rest : { ...rest, quotaMb };
      done.push('set-quota');
    }
    const isActiveOwner = (one: Account) => one.owner && !one.suspended;
    if (isActiveOwner(before) && !isActiveOwner(now)) await requireAnotherOwner(store, tx, id);
    if (done.length > 0) await saveNotified(tx, now);
    return { account: now, actions: done };
  });
  return { person: toOwnerPerson(store, account), actions };
}
