import { isCurrent, type RequiresFactor } from '../auth/sessions.ts';
import { totpBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Account, Store, StoredSecondFactor, Tx } from '../storage/store.ts';
import type { ConfirmTotp, RecoveryCodesAnswer, SecondFactorState, TotpSecret } from '../wire/wire.ts';
import { createRecoveryCodes } from './recovery-codes.ts';
import { FACTOR_ID, type Tickets } from './tickets.ts';
import { stepOfCode, TOTP_SECRET_BYTES, toBase32, totpUri } from './totp.ts';

/** `requiresFactor`: the last second factor of an account cannot be removed. */
export type SetUpDeps = {
  store: Store;
  cipher: Cipher;
  tickets: Tickets;
  wall: Clock;
  requiresFactor: RequiresFactor;
};

/** Which second factors the account has. @throws ApiError NO_SUCH_ACCOUNT */
export async function secondFactorOf(store: Store, { userId }: Caller): Promise<SecondFactorState> {
  const account = await store.account(userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  const { totp, passkeys = [], recovery } = account.secondFactor ?? {};
  return {
    totp: totp !== undefined,
    passkeys: passkeys.map(({ id, name, createdAt, lastChallengeAt, backedUp }) => ({
      id,
      name,
      createdAt: store.time.toWall(createdAt),
      ...(lastChallengeAt !== undefined && { lastUsedAt: store.time.toWall(lastChallengeAt) }),
      backedUp,
    })),
    recoveryCodesLeft: recovery?.hashes.length ?? 0,
  };
}

/** The secret that this ticket makes, for an authenticator app. Nothing is stored before a code confirms it. */
export async function offerTotp(
  { store, tickets }: SetUpDeps,
  caller: Caller,
  ticket: string,
): Promise<TotpSecret> {
  tickets.check(caller, ticket);
  const account = await store.account(caller.userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  const secret = secretOf(tickets, ticket);
  return { secret, uri: totpUri(secret, account.username) };
}

/**
 * Turns on TOTP with the secret of this ticket, which replaces one that was there. The first second factor of an account
 * also makes its recovery codes. Repeating it returns the same.
 * @throws ApiError REAUTHENTICATION_REQUIRED, WRONG_SECOND_FACTOR, CIPHER_UNAVAILABLE, UNAUTHENTICATED
 */
export async function confirmTotp(
  deps: SetUpDeps,
  caller: Caller,
  { ticket, code }: ConfirmTotp,
): Promise<RecoveryCodesAnswer> {
  const { store, cipher, tickets, wall } = deps;
  tickets.check(caller, ticket);
  const secret = secretOf(tickets, ticket);
  const lastStep = stepOfCode(secret, code, wall());
  if (lastStep === undefined) throw new ApiError('WRONG_SECOND_FACTOR');
  const id = idOf(tickets, ticket);
  const { codes, stored } = createRecoveryCodes(tickets, ticket);
  const sealed = await cipher.seal(secret, totpBinding(caller.userId, id));
  return store.transact(async (tx) => {
    const account = await callersAccount(tx, caller, store.time.now());
    const { totp, recovery = stored } = account.secondFactor ?? {};
    if (totp?.id !== id) {
      const added = { id, secret: sealed, lastStep, createdAt: store.time.now() };
      await tx.saveAccount(withAdded(account, caller, { ...account.secondFactor, totp: added, recovery }));
    }
    return recovery.id === stored.id ? { recoveryCodes: codes } : {};
  });
}

/**
 * Turns TOTP off. Recovery codes end with the last factor. Repeating it writes nothing.
 * @throws ApiError REAUTHENTICATION_REQUIRED, LAST_SECOND_FACTOR, UNAUTHENTICATED
 */
export async function removeTotp(
  { store, tickets, requiresFactor }: SetUpDeps,
  caller: Caller,
  ticket: string,
): Promise<void> {
  tickets.check(caller, ticket);
  await store.transact(async (tx) => {
    const account = await callersAccount(tx, caller, store.time.now());
    if (!account.secondFactor?.totp) return;
    const { totp: _, ...factors } = account.secondFactor;
    await tx.saveAccount(withFactors(account, factors, requiresFactor(account)));
  });
}

/**
 * Replaces all recovery codes by those of this ticket. Repeating it returns the same.
 * @throws ApiError REAUTHENTICATION_REQUIRED, NO_SECOND_FACTOR, UNAUTHENTICATED
 */
export async function replaceRecoveryCodes(
  { store, tickets }: SetUpDeps,
  caller: Caller,
  ticket: string,
): Promise<RecoveryCodesAnswer> {
  tickets.check(caller, ticket);
  const { codes, stored } = createRecoveryCodes(tickets, ticket);
  await store.transact(async (tx) => {
    const account = await callersAccount(tx, caller, store.time.now());
    if (!account.secondFactor) throw new ApiError('NO_SECOND_FACTOR');
    if (account.secondFactor.recovery.id === stored.id) return;
    await tx.saveAccount({ ...account, secondFactor: { ...account.secondFactor, recovery: stored } });
  });
  return { recoveryCodes: codes };
}

/**
 * The account with what is left of its factors, without any where only recovery codes are.
 * @throws ApiError LAST_SECOND_FACTOR when the box requires one
 */
export function withFactors(
  { secondFactor: _, ...account }: Account,
  factors: StoredSecondFactor,
  requiresFactor: boolean,
): Account {
  if (factors.totp || factors.passkeys?.length) return { ...account, secondFactor: factors };
  if (requiresFactor) throw new ApiError('LAST_SECOND_FACTOR');
  return account;
}

/**
 * The account with a factor that the caller has added. It was all that their session lacked, if anything; others that
 * have logged in without a factor where one is required end, and log in with it.
 */
export function withAdded(account: Account, { deviceId }: Caller, secondFactor: StoredSecondFactor): Account {
  const devices = account.devices
    .filter(({ id, needsFactor }) => id === deviceId || !needsFactor)
    .map(({ needsFactor: _, ...device }) => device);
  return { ...account, devices, secondFactor };
}

/** What a ticket must have seen or made: the secret of an app, or else the set of codes that came with the first passkey. */
export function factorIdOf(factors: StoredSecondFactor | undefined): string | undefined {
  return factors?.totp?.id ?? (factors?.passkeys?.length ? factors.recovery.id : undefined);
}

/** @throws ApiError UNAUTHENTICATED when the caller's session has ended */
export async function callersAccount(tx: Tx, caller: Caller, now: number): Promise<Account> {
  const account = await tx.account(caller.userId);
  if (!account || !isCurrent(account, caller, now)) throw new ApiError('UNAUTHENTICATED');
  return account;
}

function secretOf(tickets: Tickets, ticket: string): string {
  return toBase32(tickets.derive(ticket, 'totp secret', TOTP_SECRET_BYTES));
}

function idOf(tickets: Tickets, ticket: string): string {
  return tickets.derive(ticket, FACTOR_ID, 16).toString('base64url');
}
