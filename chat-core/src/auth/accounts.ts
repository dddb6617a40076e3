import { v4 as uuid } from 'uuid';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { findInvite, follow } from '../invites/follow.ts';
import { type Account, foldName, type Store } from '../storage/store.ts';
import type { Profile } from '../wire.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';
import { type Caller, isCurrent } from './sessions.ts';

const USERNAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;

/** Whether a name is one, in any case. */
export function isUsername(name: string): boolean {
  return USERNAME.test(foldName(name));
}

export type NewAccount = { username: string; password: string; inviteCode?: string };
/** Who may make an account: anybody, whoever brings an invite, or nobody. */
export type Registration = 'open' | 'invite' | 'closed';

/**
 * Makes an account. The name is compared in lower case and shown as typed. By an invite it makes friends with who
 * invited in the same step, and only then counts a use.
 * @throws ApiError REGISTRATION_CLOSED, INVITE_REQUIRED, INVITE_INVALID, INVALID_USERNAME, INVALID_PASSWORD,
 *   COMMON_PASSWORD, USERNAME_TAKEN, TOO_MANY_REQUESTS
 */
export async function register(
  { store, clock }: { store: Store; clock: Clock },
  registration: Registration,
  { username, password, inviteCode }: NewAccount,
): Promise<Profile> {
  if (registration === 'closed') throw new ApiError('REGISTRATION_CLOSED');
  if (registration === 'invite' && inviteCode === undefined) throw new ApiError('INVITE_REQUIRED');
  const invite = async (reader: Pick<Store, 'invites'>) => {
    if (inviteCode === undefined) return undefined;
    const found = await findInvite(reader, inviteCode, clock());
    if (!found) throw new ApiError('INVITE_INVALID');
    return found;
  };
  // Before all else: who has no invite does not learn which names are taken.
  await invite(store);
  if (!isUsername(username)) throw new ApiError('INVALID_USERNAME');
  const form = checkPassword(password, username);
  if (await store.accountByName(username)) throw new ApiError('USERNAME_TAKEN');
  const hash = await hashPassword(form);
  const account: Account = {
    id: uuid(),
    username: username.normalize('NFKC'),
    password: hash,
    contacts: [],
    tokenVersion: 0,
    devices: [],
  };
  await store.transact(async (tx) => {
    const followed = await invite(tx);
    if (await tx.accountByName(username)) throw new ApiError('USERNAME_TAKEN');
    await tx.saveAccount(account);
    if (followed) await follow(tx, followed, account.id);
  });
  return { id: account.id, username: account.username };
}

/**
 * Sets a new password and ends every session but the one that asks.
 * @throws ApiError WRONG_PASSWORD, INVALID_PASSWORD, COMMON_PASSWORD, NO_SUCH_ACCOUNT, TOO_MANY_REQUESTS;
 *   UNAUTHENTICATED when the asking session was ended meanwhile
 */
export async function changePassword(
  store: Store,
  asking: Caller,
  current: string,
  wanted: string,
): Promise<Account> {
  const account = await store.account(asking.userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  if (!(await matchesPassword(current, account.password))) throw new ApiError('WRONG_PASSWORD');
  const hash = await hashPassword(checkPassword(wanted, account.username));
  return store.transact(async (tx) => {
    const now = await tx.account(asking.userId);
    if (!now) throw new ApiError('NO_SUCH_ACCOUNT');
    if (!isCurrent(now, asking)) throw new ApiError('UNAUTHENTICATED');
    // Somebody else changed it while this one was hashing: what was verified is no longer the password.
    if (now.password !== account.password) throw new ApiError('WRONG_PASSWORD');
    const devices = now.devices.filter(({ id }) => id === asking.deviceId);
    const { reset: _, ...kept } = now;
    const changed = { ...kept, password: hash, tokenVersion: now.tokenVersion + 1, devices };
    await tx.saveAccount(changed);
    return changed;
  });
}
