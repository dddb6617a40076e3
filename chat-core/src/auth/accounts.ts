import { v4 as uuid } from 'uuid';
import { ApiError } from '../errors.ts';
import { type Account, foldName, type Store } from '../storage/store.ts';
import type { Profile } from '../wire.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';
import { type Caller, isCurrent } from './sessions.ts';

const USERNAME = /^[a-z0-9][a-z0-9._-]{2,31}$/;

/** Whether a name is one, in any case. */
export function isUsername(name: string): boolean {
  return USERNAME.test(foldName(name));
}

/**
 * Makes an account. The name is compared in lower case and shown as typed.
 * @throws ApiError INVALID_USERNAME, INVALID_PASSWORD, COMMON_PASSWORD, USERNAME_TAKEN, TOO_MANY_REQUESTS
 */
export async function register(store: Store, username: string, password: string): Promise<Profile> {
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
    if (await tx.accountByName(username)) throw new ApiError('USERNAME_TAKEN');
    await tx.saveAccount(account);
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
