import { createAccount, type Registration } from '../auth/accounts.ts';
import { checkPassword, hashOfNone, hashPassword, matchesPassword } from '../auth/passwords.ts';
import { isCurrent, type LoggedIn, type Sessions, signIn } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import { strangerProfile } from '../people/public-profile.ts';
import { issueTicket } from '../second-factor/reauthenticate.ts';
import type { Tickets } from '../second-factor/tickets.ts';
import { type VerifyDeps, verifySecondFactor } from '../second-factor/verify.ts';
import { type Account, foldName, type Identity, identityKey, type Tx } from '../storage/store.ts';
import type { OidcLinkState, Profile, ReauthenticateAnswer, SecondFactor } from '../wire/wire.ts';
import type { Proof } from './handover.ts';

export type AccountDeps = Sessions & { factors: VerifyDeps; tickets: Tickets };

/**
 * Logs in to the account that this identity is linked with; its second factor is asked for as after a password. A proof
 * logs in once; the same one repeated finds its device.
 * @throws ApiError OIDC_NOT_LINKED, OIDC_EXPIRED, SECOND_FACTOR_REQUIRED, WRONG_SECOND_FACTOR, TOO_MANY_REQUESTS,
 *   CIPHER_UNAVAILABLE
 */
export async function logInByProof(
  deps: AccountDeps,
  proof: Proof,
  { deviceName, input, address }: { deviceName?: string; input: SecondFactor | undefined; address: string },
): Promise<LoggedIn> {
  const found = await deps.store.accountByIdentity(proof);
  if (!found) throw new ApiError('OIDC_NOT_LINKED');
  return signIn(
    deps,
    found,
    { deviceName, attemptId: proof.id },
    (account, usedBefore) => verifySecondFactor(deps.factors, account, { input, address, usedBefore }),
    {
      stillHolds: (now) => requireIdentity(now, proof),
      spend(now) {
        const identity = requireIdentity(now, proof);
        if (proof.at <= identity.usedAt) throw new ApiError('OIDC_EXPIRED');
        return { ...now, identity: { ...identity, usedAt: proof.at } };
      },
    },
  );
}

/**
 * Makes an account without a password for this identity, by the rule of registration. The name is the person's choice:
 * what the provider says of them is not used. Repeated with the same name it succeeds again.
 * @throws ApiError OIDC_LINKED, REGISTRATION_CLOSED, INVITE_REQUIRED, INVITE_INVALID, INVALID_USERNAME, USERNAME_TAKEN
 */
export async function registerByProof(
  deps: AccountDeps,
  registration: Registration,
  proof: Proof,
  input: { username: string; inviteCode?: string },
): Promise<Profile> {
  const existing = async () => {
    const account = await deps.store.accountByIdentity(proof);
    if (account && foldName(account.username) !== foldName(input.username)) throw new ApiError('OIDC_LINKED');
    return account;
  };
  const repeated = await existing();
  if (repeated) return strangerProfile(repeated);
  try {
    const created = await createAccount(deps, registration, input, {
      check: () => {},
      create: async () => ({
        password: hashOfNone(),
        noPassword: true,
        identity: storedIdentity(proof, deps.clock()),
      }),
      checkIn: (tx) => requireUnlinked(tx, proof),
    });
    return strangerProfile(created);
  } catch (error) {
    // The same request may have succeeded in between.
    const account = await existing();
    if (!account) throw error;
    return strangerProfile(account);
  }
}

/** How the account of the caller logs in. @throws ApiError NO_SUCH_ACCOUNT */
export async function linkStateOf(
  { store }: Pick<AccountDeps, 'store'>,
  { userId }: Caller,
): Promise<OidcLinkState> {
  const account = await store.account(userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  return { isLinked: account.identity !== undefined, hasPassword: !account.noPassword };
}

/**
 * Links the caller's account with this identity. Repeating it changes nothing.
 * @throws ApiError REAUTHENTICATION_REQUIRED, UNAUTHENTICATED; OIDC_LINKED when one of both is linked with another
 */
export async function link(
  { store, tickets, clock }: AccountDeps,
  caller: Caller,
  ticket: string,
  proof: Proof,
): Promise<void> {
  tickets.check(caller, ticket);
  await store.transact(async (tx) => {
    const account = await callersAccount(tx, caller, store.time.now());
    if (isOf(account, proof)) return;
    if (account.identity) throw new ApiError('OIDC_LINKED');
    await requireUnlinked(tx, proof);
    await tx.saveAccount({ ...account, identity: storedIdentity(proof, clock()) });
  });
}

/**
 * Ends the link of the caller's account, which must have a password. Repeating it changes nothing.
 * @throws ApiError REAUTHENTICATION_REQUIRED, NO_PASSWORD, UNAUTHENTICATED
 */
export async function unlink(
  { store, tickets }: Pick<AccountDeps, 'store' | 'tickets'>,
  caller: Caller,
  ticket: string,
): Promise<void> {
  tickets.check(caller, ticket);
  await store.transact(async (tx) => {
    const { identity, ...account } = await callersAccount(tx, caller, store.time.now());
    if (!identity) return;
    if (account.noPassword) throw new ApiError('NO_PASSWORD');
    await tx.saveAccount(account);
  });
}

/**
 * A ticket for a person who has just logged in again at the provider, in place of the password.
 * @throws ApiError OIDC_NOT_LINKED, and as `issueTicket`
 */
export async function reauthenticateByProof(
  deps: AccountDeps,
  caller: Caller,
  proof: Proof,
  { input, address }: { input: SecondFactor | undefined; address: string },
): Promise<ReauthenticateAnswer> {
  const account = await deps.store.account(caller.userId);
  requireIdentity(account, proof);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  return issueTicket(
    { ...deps.factors, store: deps.store, tickets: deps.tickets },
    caller,
    account,
    { input, attemptId: proof.id, address },
    (now) => void requireIdentity(now, proof),
  );
}

/**
 * Sets the first password of an account that was made without one. Repeated with the same password it changes nothing.
 * @throws ApiError REAUTHENTICATION_REQUIRED, INVALID_PASSWORD, COMMON_PASSWORD, HAS_PASSWORD, UNAUTHENTICATED,
 *   TOO_MANY_REQUESTS
 */
export async function setFirstPassword(
  { store, tickets, boxWords }: Pick<AccountDeps, 'store' | 'tickets' | 'boxWords'>,
  caller: Caller,
  { ticket, newPassword }: { ticket: string; newPassword: string },
  network: string,
): Promise<void> {
  tickets.check(caller, ticket);
  const account = await store.account(caller.userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  const form = checkPassword(newPassword, [account.username, ...boxWords]);
  const owner = { account: caller.userId, network };
  const password = account.noPassword ? await hashPassword(form, owner) : '';
  const isSet = await store.transact(async (tx) => {
    const { noPassword, ...now } = await callersAccount(tx, caller, store.time.now());
    if (!noPassword) return false;
    await tx.saveAccount({ ...now, password });
    return true;
  });
  if (isSet) return;
  const now = await store.account(caller.userId);
  if (!(await matchesPassword(newPassword, now, owner))) throw new ApiError('HAS_PASSWORD');
}

function storedIdentity({ issuer, subject }: Proof, now: number) {
  return { issuer, subject, linkedAt: now, usedAt: 0 };
}

function isOf(account: Account | undefined, identity: Identity): boolean {
  return account?.identity !== undefined && identityKey(account.identity) === identityKey(identity);
}

/** @throws ApiError OIDC_NOT_LINKED */
function requireIdentity(account: Account | undefined, identity: Identity) {
  if (!account?.identity || !isOf(account, identity)) throw new ApiError('OIDC_NOT_LINKED');
  return account.identity;
}

/** @throws ApiError OIDC_LINKED */
async function requireUnlinked(tx: Tx, identity: Identity): Promise<void> {
  if (await tx.accountByIdentity(identity)) throw new ApiError('OIDC_LINKED');
}

/** @throws ApiError UNAUTHENTICATED */
async function callersAccount(tx: Tx, caller: Caller, now: number): Promise<Account> {
  const account = await tx.account(caller.userId);
  if (!account || !isCurrent(account, caller, now)) throw new ApiError('UNAUTHENTICATED');
  return account;
}
