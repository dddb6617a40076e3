import { v4 as uuid } from 'uuid';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { TicketOwner } from '../second-factor/tickets.ts';
import { spendFactor, type VerifiedFactor } from '../second-factor/verify.ts';
import type { Account, SignedIn, Store, StoredDevice } from '../storage/store.ts';
import { isBlank, withoutControls } from '../wire/text.ts';
import type { Device, Id } from '../wire/wire.ts';
import type { HashOwner } from './hash-queue.ts';
import { matchesPassword } from './passwords.ts';
import type { Tokens } from './tokens.ts';

const MAX_DEVICES = 10;
const DEVICE_EXPIRY_MS = 60 * 24 * 3600 * 1000;
/** Old tokens end so long after the first use of a new one: other tabs may still send them. */
const TOKEN_GRACE_MS = 60_000;
/** A login repeated within this time finds its device; afterwards it adds another one. */
const REPEAT_MS = 24 * 3600 * 1000;
/** Accounts that may share a former name: a login with it tries them all. Others log in with their new names. */
export const MAX_SHARED_NAME = 8;
/** Resolution at which the last use of a device is recorded. */
const SEEN_RESOLUTION_MS = 30 * 60 * 1000;

export type RequiresFactor = (account: Pick<Account, 'owner'>) => boolean;

export type Sessions = {
  store: Store;
  tokens: Tokens;
  clock: Clock;
  /** After this a device logs in again, however often it is used (OWASP ASVS 5.0 7.3.2). */
  maxSessionMs: number;
  /** Words of this server that no password may consist of. */
  boxWords: string[];
  /** Whether a login to this account without a second factor may only set one up. */
  requiresFactor: RequiresFactor;
};
/** A login. `needsFactor`: its session, if that must set up a second factor first. */
export type LoggedIn = { account: Account; token: string; needsFactor?: TicketOwner };
/** `attemptId`: the client's own id of this login. */
export type LoginInput = { username: string; password: string; deviceName?: string; attemptId?: Id };

/**
 * Verifies the second factor of an account whose password was right; undefined when it has none. `usedBefore`: what the
 * device of this attempt was logged in with.
 */
type VerifyFactor = (account: Account, usedBefore: string | undefined) => Promise<VerifiedFactor | undefined>;

/**
 * Logs in with a password, as `signIn` does.
 * @throws ApiError WRONG_CREDENTIALS, alike in bytes and time for an unknown name and a wrong password;
 *   TOO_MANY_REQUESTS when too many hashes wait; what `verifyFactor` throws
 */
export async function logIn(
  sessions: Sessions,
  { username, password, deviceName, attemptId }: LoginInput,
  owner: HashOwner,
  verifyFactor: VerifyFactor,
): Promise<LoggedIn> {
  const found = await accountOf(sessions.store, username, password, owner);
  if (!found) throw new ApiError('WRONG_CREDENTIALS');
  return signIn(sessions, found, { deviceName, attemptId }, verifyFactor, {
    stillHolds(now) {
      if (now?.password !== found.password) throw new ApiError('WRONG_CREDENTIALS');
    },
  });
}

/** What must hold for a login besides the second factor, in the transaction that commits it. */
type Proven = {
  /** @throws ApiError when what was proven does not hold any more */
  stillHolds(now: Account | undefined): void;
  /** The account after this use of the proof, unless this is a repeat. @throws ApiError when it was used before */
  spend?(now: Account): Account;
};

/**
 * Signs a person in on a new device whose account is proven; when there are too many, the one unused for longest is
 * removed. The same attempt repeated gets the same device, while that is still logged in.
 * @throws ApiError ACCOUNT_SUSPENDED; what `verifyFactor` and `proven` throw
 */
export async function signIn(
  { store, tokens, clock, requiresFactor }: Sessions,
  found: Account,
  { deviceName = '', attemptId }: { deviceName?: string | undefined; attemptId: Id | undefined },
  verifyFactor: VerifyFactor,
  { stillHolds, spend = (now) => now }: Proven,
): Promise<LoggedIn> {
  const deviceOf = ({ devices }: Account) =>
    attemptId === undefined ? undefined : devices.find((one) => one.attemptId === attemptId);
  const verified = await verifyFactor(found, deviceOf(found)?.factorUsed);
  const { account, device } = await store.transact(async (tx) => {
    const now = await tx.account(found.id);
    stillHolds(now);
    if (!now) throw new ApiError('NO_SUCH_ACCOUNT');
    if (now.suspended) throw new ApiError('ACCOUNT_SUSPENDED');
    const repeated = deviceOf(now);
    const isSame = repeated && repeated.factorUsed === verified?.used;
    if (isSame && Math.abs(clock() - repeated.createdAt) < REPEAT_MS)
      return { account: now, device: repeated };
    const spent = spendFactor(spend(now), verified);
    const device: StoredDevice = {
      id: uuid(),
      name: isBlank(deviceName) ? '' : withoutControls(deviceName),
      createdAt: clock(),
      lastSeenAt: clock(),
      ...(attemptId !== undefined && { attemptId }),
      ...(verified && { factorUsed: verified.used }),
      ...(requiresFactor(now) && !verified && { needsFactor: true }),
    };
    const devices = [device, ...seenSince(now.devices, clock() - DEVICE_EXPIRY_MS)].slice(0, MAX_DEVICES);
    const signedIn = { ...spent, devices };
    await tx.saveAccount(signedIn);
    return { account: signedIn, device };
  });
  const session = { userId: account.id, deviceId: device.id, version: account.tokenVersion };
  return {
    account,
    token: signFor(tokens, account, device.id),
    ...(requiresFactor(account) && device.needsFactor && { needsFactor: session }),
  };
}

/**
 * The account with this name and password. Accounts that an import renamed from this name are tried too, a few; the
 * time this takes shows that the name was shared, and nothing more.
 */
async function accountOf(
  store: Store,
  username: string,
  password: string,
  owner: HashOwner,
): Promise<Account | undefined> {
  const [first, ...renamed] = await store.accountsByName(username);
  if (await matchesPassword(password, first, owner)) return first;
  for (const account of renamed.slice(0, MAX_SHARED_NAME))
    if (await matchesPassword(password, account, owner)) return account;
  return undefined;
}

/**
 * The caller of a token whose account, version and device still exist; else undefined. The device counts as used, and the
 * first use of a renewed token begins the end of the old ones: both become durable with the next commit. So a lost answer
 * ends no session, and after a crash the next request with the new token ends the old ones again.
 */
export function authenticate(
  { store, tokens, clock, maxSessionMs, requiresFactor }: Sessions,
  token: string,
): Caller | undefined {
  const caller = tokens.verify(token);
  const account = caller && store.signedIn(caller.userId);
  const device = account && deviceOf(account, caller);
  if (!device) return undefined;
  const now = clock();
  if (isTooOld(device, now, maxSessionMs) || isReplaced(device, caller, now)) return undefined;
  const isRenewed = caller.issuedAt > (device.token?.issuedAt ?? device.createdAt / 1000);
  if (isRenewed || now - device.lastSeenAt >= SEEN_RESOLUTION_MS)
    store.recordSeen({
      userId: caller.userId,
      deviceId: device.id,
      at: now,
      ...(isRenewed && { token: { issuedAt: caller.issuedAt, since: now } }),
    });
  return device.needsFactor && requiresFactor(account) ? { ...caller, needsFactor: true } : caller;
}

/**
 * A token for another 30 days. Writes only to remove devices that were unused for too long.
 * @throws ApiError UNAUTHENTICATED when its session has ended
 */
export async function refresh(sessions: Sessions, caller: Caller): Promise<string> {
  const { store, tokens, clock } = sessions;
  const account = await store.account(caller.userId);
  if (!account || !isOpen(sessions, account, caller)) throw new ApiError('UNAUTHENTICATED');
  const since = clock() - DEVICE_EXPIRY_MS;
  if (account.devices.some(({ lastSeenAt }) => lastSeenAt < since))
    await store.transact(async (tx) => {
      const now = await tx.account(caller.userId);
      if (now) await tx.saveAccount({ ...now, devices: seenSince(now.devices, since) });
    });
  return signFor(tokens, account, caller.deviceId);
}

/** Throws ApiError REAUTHENTICATION_REQUIRED unless the person has just proved who they are. */
export type RequireTicket = () => void;

/**
 * Ends this session, also with a token that a renewed one has replaced, or all of the account, which needs a ticket when
 * there are others. Repeating it writes nothing and needs none.
 * @throws ApiError UNAUTHENTICATED when all should end and this session was ended by something else; what `requireTicket` throws
 */
export async function logOut(
  sessions: Sessions,
  caller: Caller,
  everywhere: boolean,
  requireTicket: RequireTicket,
): Promise<void> {
  await sessions.store.transact(async (tx) => {
    const now = await tx.account(caller.userId);
    const isValid = now && (everywhere ? isOpen(sessions, now, caller) : deviceOf(now, caller));
    if (!now || !isValid) {
      if (everywhere && now?.loggedOutVersion !== caller.version) throw new ApiError('UNAUTHENTICATED');
      return;
    }
    if (everywhere && now.devices.some(({ id }) => id !== caller.deviceId)) requireTicket();
    const ended = everywhere
      ? { ...now, tokenVersion: now.tokenVersion + 1, devices: [], loggedOutVersion: now.tokenVersion }
      : { ...now, devices: now.devices.filter(({ id }) => id !== caller.deviceId) };
    await tx.saveAccount(ended);
  });
}

/**
 * Ends the session of one device of this account, and its pushes; another than the caller's needs a ticket (OWASP ASVS 5.0
 * 7.5.2). A device that does not exist counts as logged out, also the caller's: nothing is written.
 * @throws ApiError UNAUTHENTICATED when the caller's session has ended and another one should end; what `requireTicket` throws
 */
export async function endDevice(
  sessions: Sessions,
  caller: Caller,
  deviceId: Id,
  requireTicket: RequireTicket,
): Promise<void> {
  await sessions.store.transact(async (tx) => {
    const now = await tx.account(caller.userId);
    const isOwn = deviceId === caller.deviceId;
    const isValid = now && (isOwn ? deviceOf(now, caller) : isOpen(sessions, now, caller));
    if (!now || !isValid) {
      if (!isOwn) throw new ApiError('UNAUTHENTICATED');
      return;
    }
    const devices = now.devices.filter(({ id }) => id !== deviceId);
    if (devices.length === now.devices.length) return;
    if (!isOwn) requireTicket();
    await tx.saveAccount({ ...now, devices });
  });
}

/** The devices on which this account is logged in, the last used first. */
export async function listDevices({ store }: Sessions, caller: Caller): Promise<Device[]> {
  const account = await store.account(caller.userId);
  return seenSince(account?.devices ?? [], 0).map(({ id, name, createdAt, lastSeenAt }) => ({
    id,
    name,
    createdAt: store.time.toWall(createdAt),
    lastSeenAt: store.time.toWall(lastSeenAt),
    current: id === caller.deviceId,
  }));
}

/** A token for a device of this account, valid until the account's token version changes. */
export function signFor(tokens: Tokens, account: Account, deviceId: Id): string {
  return tokens.sign({ userId: account.id, deviceId, version: account.tokenVersion });
}

/** Whether the session of this caller exists, accepts its token and is not too old. */
export function isOpen({ clock, maxSessionMs }: Sessions, account: SignedIn, caller: Caller): boolean {
  const device = deviceOf(account, caller);
  if (!device || isTooOld(device, clock(), maxSessionMs)) return false;
  return !isReplaced(device, caller, clock());
}

/**
 * Whether the session of a caller who was authenticated still exists, and accepts its token. `now` is server time. Its age
 * was checked then; routes that accept revoked tokens use isOpen.
 */
export function isCurrent(account: SignedIn, caller: Caller, now: number): boolean {
  const device = deviceOf(account, caller);
  return device !== undefined && !isReplaced(device, caller, now);
}

function isTooOld({ createdAt }: StoredDevice, now: number, maxSessionMs: number): boolean {
  return now - createdAt >= maxSessionMs;
}

/** Whether a renewed token has replaced this one. */
function isReplaced({ token }: StoredDevice, { issuedAt }: Caller, now: number): boolean {
  return token !== undefined && issuedAt < token.issuedAt && now - token.since >= TOKEN_GRACE_MS;
}

function deviceOf(account: SignedIn, { deviceId, version }: Caller): StoredDevice | undefined {
  return account.tokenVersion === version ? account.devices.find(({ id }) => id === deviceId) : undefined;
}

function seenSince(devices: StoredDevice[], since: number): StoredDevice[] {
  return devices.filter(({ lastSeenAt }) => lastSeenAt >= since).sort((a, b) => b.lastSeenAt - a.lastSeenAt);
}
