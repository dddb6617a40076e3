import { v4 as uuid } from 'uuid';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import { findOpenInvite, redeem } from '../invites/redeem.ts';
import { strangerProfile } from '../people/public-profile.ts';
import type { Account, Store, Tx } from '../storage/store.ts';
import { isUsername } from '../storage/usernames.ts';
import type { Id, Profile } from '../wire/wire.ts';
import type { HashOwner } from './hash-queue.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';
import { isCurrent, isOpen, type RequireTicket, type Sessions } from './sessions.ts';

/** How long the name of a deleted account stays taken. */
const RESERVED_MS = 30 * 24 * 3600 * 1000;

type NewName = { username: string; inviteCode?: string; attemptId?: Id };
/** `attemptId`: the client's own id of this registration. */
export type NewAccount = NewName & { password: string };
/** How a new account logs in: first what is cheap is checked, then it is made, then checked in the transaction. */
type Credentials = {
  check(): void;
  create(): Promise<Pick<Account, 'password' | 'noPassword' | 'identity'>>;
  /** @throws ApiError when it belongs to another account meanwhile */
  checkIn?(tx: Tx): Promise<void>;
};
/** Who may register: everyone, people with an invite, or no one. */
export type Registration = 'open' | 'invite' | 'closed';

/**
 * Registers an account. The name is compared in lower case and shown as typed. An invite is redeemed in the same
 * transaction, which makes friends with the inviter. The same attempt repeated with the same password succeeds again and
 * changes nothing; without its `attemptId` the name is taken.
 * @throws ApiError REGISTRATION_CLOSED, INVITE_REQUIRED, INVITE_INVALID, INVALID_USERNAME, INVALID_PASSWORD,
 *   COMMON_PASSWORD, USERNAME_TAKEN, TOO_MANY_REQUESTS
 */
export async function register(
  deps: Sessions,
  registration: Registration,
  input: NewAccount,
  owner: HashOwner,
): Promise<Profile> {
  let form = '';
  const credentials: Credentials = {
    check() {
      form = checkPassword(input.password, [input.username, ...deps.boxWords]);
    },
    create: async () => ({ password: await hashPassword(form, owner) }),
  };
  try {
    return strangerProfile(await createAccount(deps, registration, input, credentials));
  } catch (error) {
    const existing = await findRepeatedRegistration(deps.store, input, owner);
    if (!existing) throw error;
    return strangerProfile(existing);
  }
}

/** The account that the same attempt registered, if this is a repeat. */
async function findRepeatedRegistration(
  store: Store,
  { username, password, attemptId }: NewAccount,
  owner: HashOwner,
): Promise<Account | undefined> {
  const account = attemptId === undefined ? undefined : await store.accountByName(username);
  if (!account || account.attemptId !== attemptId) return undefined;
  return (await matchesPassword(password, account, owner)) ? account : undefined;
}

/**
 * Creates an account by the rule of registration. @throws ApiError REGISTRATION_CLOSED, INVITE_REQUIRED, INVITE_INVALID,
 *   INVALID_USERNAME, USERNAME_TAKEN, and what `credentials` throws
 */
export async function createAccount(
  { store, clock }: Pick<Sessions, 'store' | 'clock'>,
  registration: Registration,
  { username, inviteCode, attemptId }: NewName,
  credentials: Credentials,
): Promise<Account> {
  if (registration === 'closed') throw new ApiError('REGISTRATION_CLOSED');
  if (registration === 'invite' && inviteCode === undefined) throw new ApiError('INVITE_REQUIRED');
  const requireInvite = async (reader: Pick<Tx, 'invites' | 'account'>) => {
    if (inviteCode === undefined) return undefined;
    const found = await findOpenInvite(reader, inviteCode, clock());
    if (!found) throw new ApiError('INVITE_INVALID');
    return found;
  };
  // Checked first, so that no one without an invite learns which names are taken.
  await requireInvite(store);
  if (!isUsername(username)) throw new ApiError('INVALID_USERNAME');
  credentials.check();
  if (await store.accountByName(username)) throw new ApiError('USERNAME_TAKEN');
  const created = await credentials.create();
  const account: Account = {
    id: uuid(),
    username: username.normalize('NFKC'),
    ...created,
    contacts: [],
    tokenVersion: 0,
    devices: [],
    ...(attemptId !== undefined && { attemptId }),
  };
  await store.transact(async (tx) => {
    const redeemed = await requireInvite(tx);
    await credentials.checkIn?.(tx);
    if (await tx.accountByName(username)) throw new ApiError('USERNAME_TAKEN');
    await freeName(tx, username, clock());
    await tx.saveAccount(account);
    if (redeemed) await redeem(tx, redeemed, account.id);
  });
  return account;
}

/**
 * Takes a username from a deleted account, which keeps none. @throws ApiError USERNAME_TAKEN in the first days, in which a
 * stranger of that name would be taken for the person
 */
async function freeName(tx: Tx, username: string, now: number): Promise<void> {
  const deleted = await tx.deletedByName(username);
  if (deleted?.deletedAt === undefined) return;
  if (now - deleted.deletedAt < RESERVED_MS) throw new ApiError('USERNAME_TAKEN');
  // With a space: no one can register it.
  await tx.saveAccount({ ...deleted, username: `deleted ${deleted.id}` });
}

/**
 * Changes the password and ends every session but the caller's, whose token is replaced; of an account with a second factor
 * only with a ticket, which proves that one too. The same change repeated with the replaced token succeeds again and changes
 * nothing.
 * @throws ApiError WRONG_PASSWORD, INVALID_PASSWORD, COMMON_PASSWORD, NO_SUCH_ACCOUNT, TOO_MANY_REQUESTS;
 *   UNAUTHENTICATED when the caller's session has ended in between; what `requireTicket` throws
 */
export async function changePassword(
  deps: Sessions,
  caller: Caller,
  passwords: { current: string; next: string },
  owner: HashOwner,
  requireTicket: RequireTicket,
): Promise<Account> {
  try {
    return await setPassword(deps, caller, passwords, owner, requireTicket);
  } catch (error) {
    // This may be a repeat of a request that has succeeded in between.
    const changed = await findRepeatedChange(deps.store, caller, passwords.next, owner);
    if (!changed) throw error;
    return changed;
  }
}

/** The account whose password this device changed with this token, which ended it; else undefined. */
export async function endedByChange(store: Store, caller: Caller): Promise<Account | undefined> {
  const account = await store.account(caller.userId);
  const next = { ...caller, version: caller.version + 1 };
  return account && isCurrent(account, next, store.time.now()) ? account : undefined;
}

/** The account, if this change has succeeded before. The new password proves it, with the same checks as a login. */
async function findRepeatedChange(
  store: Store,
  caller: Caller,
  newPassword: string,
  owner: HashOwner,
): Promise<Account | undefined> {
  const account = await endedByChange(store, caller);
  return account && (await matchesPassword(newPassword, account, owner)) ? account : undefined;
}

async function setPassword(
  sessions: Sessions,
  caller: Caller,
  { current, next }: { current: string; next: string },
  owner: HashOwner,
  requireTicket: RequireTicket,
): Promise<Account> {
  const { store, boxWords } = sessions;
  const account = await store.account(caller.userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  if (!isOpen(sessions, account, caller)) throw new ApiError('UNAUTHENTICATED');
  // Before anything is hashed: a refused password must cost nothing.
  const form = checkPassword(next, [account.username, ...boxWords]);
  if (account.secondFactor) requireTicket();
  if (!(await matchesPassword(current, account, owner))) throw new ApiError('WRONG_PASSWORD');
  const hash = await hashPassword(form, owner);
  return store.transact(async (tx) => {
    const now = await tx.account(caller.userId);
    if (!now) throw new ApiError('NO_SUCH_ACCOUNT');
    if (!isOpen(sessions, now, caller)) throw new ApiError('UNAUTHENTICATED');
    if (now.secondFactor) requireTicket();
    // The password was changed while this request was hashing: the one that was verified is no longer current.
    if (now.password !== account.password) throw new ApiError('WRONG_PASSWORD');
    const devices = now.devices.filter(({ id }) => id === caller.deviceId);
    const { reset: _, usedReset: __, rawPassword: ___, noPassword: ____, ...rest } = now;
    const changed = { ...rest, password: hash, tokenVersion: now.tokenVersion + 1, devices };
    await tx.saveAccount(changed);
    return changed;
  });
}
