import { v4 as uuid } from 'uuid';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import { findOpenInvite, follow } from '../invites/redeem.ts';
import type { Account, Store } from '../storage/store.ts';
import { isUsername } from '../storage/usernames.ts';
import type { Id, Profile } from '../wire/wire.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';
import { isCurrent } from './sessions.ts';

/** `attemptId`: the client's own id of this registration. */
export type NewAccount = { username: string; password: string; inviteCode?: string; attemptId?: Id };
/** Who may make an account: anybody, whoever brings an invite, or nobody. */
export type Registration = 'open' | 'invite' | 'closed';

/**
 * Makes an account. The name is compared in lower case and shown as typed. By an invite it makes friends with who
 * invited in the same step, and only then counts a use. The same attempt repeated, with the password of the account that
 * it made, succeeds again and changes nothing; whoever does not know its id is refused as ever.
 * @throws ApiError REGISTRATION_CLOSED, INVITE_REQUIRED, INVITE_INVALID, INVALID_USERNAME, INVALID_PASSWORD,
 *   COMMON_PASSWORD, USERNAME_TAKEN, TOO_MANY_REQUESTS
 */
export async function register(
  deps: { store: Store; clock: Clock },
  registration: Registration,
  wanted: NewAccount,
): Promise<Profile> {
  try {
    return await makeAccount(deps, registration, wanted);
  } catch (error) {
    const made = await madeBefore(deps.store, wanted);
    if (!made) throw error;
    return { id: made.id, username: made.username };
  }
}

async function madeBefore(
  store: Store,
  { username, password, attemptId }: NewAccount,
): Promise<Account | undefined> {
  const account = attemptId === undefined ? undefined : await store.accountByName(username);
  if (!account || account.attemptId !== attemptId) return undefined;
  return (await matchesPassword(password, account)) ? account : undefined;
}

async function makeAccount(
  { store, clock }: { store: Store; clock: Clock },
  registration: Registration,
  { username, password, inviteCode, attemptId }: NewAccount,
): Promise<Profile> {
  if (registration === 'closed') throw new ApiError('REGISTRATION_CLOSED');
  if (registration === 'invite' && inviteCode === undefined) throw new ApiError('INVITE_REQUIRED');
  const invite = async (reader: Pick<Store, 'invites'>) => {
    if (inviteCode === undefined) return undefined;
    const found = await findOpenInvite(reader, inviteCode, clock());
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
    ...(attemptId !== undefined && { attemptId }),
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
 * Sets a new password and ends every session but the one that asks, whose token is replaced. The same change repeated
 * with the token that it ended succeeds again and changes nothing.
 * @throws ApiError WRONG_PASSWORD, INVALID_PASSWORD, COMMON_PASSWORD, NO_SUCH_ACCOUNT, TOO_MANY_REQUESTS;
 *   UNAUTHENTICATED when the asking session was ended meanwhile
 */
export async function changePassword(
  store: Store,
  asking: Caller,
  current: string,
  wanted: string,
): Promise<Account> {
  try {
    return await setPassword(store, asking, current, wanted);
  } catch (error) {
    // The first sending of this request may have been done while this one was on its way.
    const changed = await changedBefore(store, asking, wanted);
    if (!changed) throw error;
    return changed;
  }
}

/** The account that this token was good for until this device changed the password with it; else undefined. */
export async function endedByChange(
  store: Store,
  { userId, deviceId, version }: Caller,
): Promise<Account | undefined> {
  const account = await store.account(userId);
  return account && isCurrent(account, { userId, deviceId, version: version + 1 }) ? account : undefined;
}

/** Who asks has proven to know the password that holds now, as by a login. */
async function changedBefore(store: Store, asking: Caller, wanted: string): Promise<Account | undefined> {
  const account = await endedByChange(store, asking);
  return account && (await matchesPassword(wanted, account)) ? account : undefined;
}

async function setPassword(store: Store, asking: Caller, current: string, wanted: string): Promise<Account> {
  const account = await store.account(asking.userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  if (!isCurrent(account, asking)) throw new ApiError('UNAUTHENTICATED');
  if (!(await matchesPassword(current, account))) throw new ApiError('WRONG_PASSWORD');
  const hash = await hashPassword(checkPassword(wanted, account.username));
  return store.transact(async (tx) => {
    const now = await tx.account(asking.userId);
    if (!now) throw new ApiError('NO_SUCH_ACCOUNT');
    if (!isCurrent(now, asking)) throw new ApiError('UNAUTHENTICATED');
    // Somebody else changed it while this one was hashing: what was verified is no longer the password.
    if (now.password !== account.password) throw new ApiError('WRONG_PASSWORD');
    const devices = now.devices.filter(({ id }) => id === asking.deviceId);
    const { reset: _, usedReset: __, rawPassword: ___, ...kept } = now;
    const changed = { ...kept, password: hash, tokenVersion: now.tokenVersion + 1, devices };
    await tx.saveAccount(changed);
    return changed;
  });
}
