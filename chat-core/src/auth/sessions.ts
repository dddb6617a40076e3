import { v4 as uuid } from 'uuid';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Account, SignedIn, Store, StoredDevice } from '../storage/store.ts';
import { isBlank, withoutControls } from '../wire/text.ts';
import type { Device, Id } from '../wire/wire.ts';
import { matchesPassword } from './passwords.ts';
import type { Claims, Tokens } from './tokens.ts';

const MAX_DEVICES = 10;
const UNSEEN_MS = 60 * 24 * 3600 * 1000;
/** So long a login that is repeated finds its device; afterwards it makes another one. */
const REPEAT_MS = 24 * 3600 * 1000;
/** How exactly it is known when a device was last used. */
const SEEN_EVERY_MS = 30 * 60 * 1000;

export type Sessions = { store: Store; tokens: Tokens; clock: Clock };

/**
 * Signs in on a new device; the one unused for longest makes room for it. The same attempt repeated signs in on the
 * device that it made, while that is still signed in.
 * @throws ApiError WRONG_CREDENTIALS, alike in bytes and time for an unknown name and a wrong password;
 *   TOO_MANY_REQUESTS when too many hashes wait
 */
export async function logIn(
  { store, tokens, clock }: Sessions,
  username: string,
  password: string,
  deviceName: string,
  attemptId?: Id,
): Promise<{ account: Account; token: string }> {
  const found = await accountOf(store, username, password);
  if (!found) throw new ApiError('WRONG_CREDENTIALS');
  const { account, device } = await store.transact(async (tx) => {
    const now = await tx.account(found.id);
    if (!now || now.password !== found.password) throw new ApiError('WRONG_CREDENTIALS');
    const made = attemptId === undefined ? undefined : now.devices.find((one) => one.attemptId === attemptId);
    if (made && Math.abs(clock() - made.createdAt) < REPEAT_MS) return { account: now, device: made };
    const device: StoredDevice = {
      id: uuid(),
      name: isBlank(deviceName) ? '' : withoutControls(deviceName),
      createdAt: clock(),
      lastSeenAt: clock(),
      ...(attemptId !== undefined && { attemptId }),
    };
    const devices = [device, ...seenSince(now.devices, clock() - UNSEEN_MS)].slice(0, MAX_DEVICES);
    const signedIn = { ...now, devices };
    await tx.saveAccount(signedIn);
    return { account: signedIn, device };
  });
  return { account, token: signFor(tokens, account, device.id) };
}

/**
 * Whose name and password these are. A name that an import took from others too is theirs as well: each is tried, which
 * tells by its time that the name was shared, and nothing more.
 */
async function accountOf(store: Store, username: string, password: string): Promise<Account | undefined> {
  const [first, ...renamed] = await store.accountsByName(username);
  if (await matchesPassword(password, first)) return first;
  for (const account of renamed) if (await matchesPassword(password, account)) return account;
  return undefined;
}

/**
 * Who a token stands for, while its account, version and device are all still there; else undefined. The device counts as
 * used, which becomes durable with a commit that is made anyway.
 */
export function authenticate({ store, tokens, clock }: Sessions, token: string): Caller | undefined {
  const claims = tokens.verify(token);
  const known = claims && store.signedIn(claims.userId);
  const device = known && currentDevice(known, claims);
  if (!device) return undefined;
  const now = clock();
  if (now - device.lastSeenAt >= SEEN_EVERY_MS)
    store.recordSeen({ userId: claims.userId, deviceId: device.id, at: now });
  return claims;
}

/** A token for another 30 days; the device counts as seen. @throws ApiError UNAUTHENTICATED when it was ended meanwhile */
export async function refresh({ store, tokens, clock }: Sessions, caller: Caller): Promise<string> {
  const account = await store.transact(async (tx) => {
    const now = await tx.account(caller.userId);
    if (!now || !isCurrent(now, caller)) throw new ApiError('UNAUTHENTICATED');
    const seen = now.devices.map((device) =>
      device.id === caller.deviceId ? { ...device, lastSeenAt: clock() } : device,
    );
    const refreshed = { ...now, devices: seenSince(seen, clock() - UNSEEN_MS) };
    await tx.saveAccount(refreshed);
    return refreshed;
  });
  return signFor(tokens, account, caller.deviceId);
}

/**
 * Ends this session, or all of the account. A session that has ended, and all that a logout everywhere with this token
 * has ended, count as ended: nothing is written.
 * @throws ApiError UNAUTHENTICATED when all were to end and this session was ended by something else
 */
export async function logOut({ store }: Sessions, caller: Caller, everywhere: boolean): Promise<void> {
  await store.transact(async (tx) => {
    const now = await tx.account(caller.userId);
    if (!now || !isCurrent(now, caller)) {
      if (everywhere && now?.loggedOutVersion !== caller.version) throw new ApiError('UNAUTHENTICATED');
      return;
    }
    const ended = everywhere
      ? { ...now, tokenVersion: now.tokenVersion + 1, devices: [], loggedOutVersion: now.tokenVersion }
      : { ...now, devices: now.devices.filter(({ id }) => id !== caller.deviceId) };
    await tx.saveAccount(ended);
  });
}

/**
 * Ends the session of one device of this account, and with it what it is told by push. One that is not there, or not
 * here, counts as ended, the asking one too: nothing is written.
 * @throws ApiError UNAUTHENTICATED when the asking session was ended and another was to end
 */
export async function endDevice({ store }: Sessions, caller: Caller, deviceId: Id): Promise<void> {
  await store.transact(async (tx) => {
    const now = await tx.account(caller.userId);
    if (!now || !isCurrent(now, caller)) {
      if (deviceId !== caller.deviceId) throw new ApiError('UNAUTHENTICATED');
      return;
    }
    const devices = now.devices.filter(({ id }) => id !== deviceId);
    if (devices.length < now.devices.length) await tx.saveAccount({ ...now, devices });
  });
}

/** The places this account is signed in, the latest seen first. */
export async function listDevices({ store }: Sessions, caller: Caller): Promise<Device[]> {
  const account = await store.account(caller.userId);
  return seenSince(account?.devices ?? [], 0).map(({ push: _, attemptId: __, ...device }) => ({
    ...device,
    createdAt: store.time.toWall(device.createdAt),
    lastSeenAt: store.time.toWall(device.lastSeenAt),
    current: device.id === caller.deviceId,
  }));
}

/** A token for a device of this account, good while the account keeps its version. */
export function signFor(tokens: Tokens, account: Account, deviceId: Id): string {
  return tokens.sign({ userId: account.id, deviceId, version: account.tokenVersion });
}

/** Whether what a token says still holds. */
export function isCurrent(account: SignedIn, claims: Claims): boolean {
  return currentDevice(account, claims) !== undefined;
}

function currentDevice(account: SignedIn, { deviceId, version }: Claims): StoredDevice | undefined {
  return account.tokenVersion === version ? account.devices.find(({ id }) => id === deviceId) : undefined;
}

function seenSince(devices: StoredDevice[], since: number): StoredDevice[] {
  return devices.filter(({ lastSeenAt }) => lastSeenAt >= since).sort((a, b) => b.lastSeenAt - a.lastSeenAt);
}
