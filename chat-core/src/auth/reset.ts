import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { hashCode, newCode, spell } from '../codes.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store } from '../storage/store.ts';
import type { HashOwner } from './hash-queue.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';

const EXPIRY_MS = 15 * 60_000;
/**
 * 128 bits (OWASP ASVS 5.0 11.5.1) cannot be guessed, not even with its hash: wrong codes end none, since any stranger
 * could send them.
 */
const CODE_BYTES = 16;
/** Guesses of the password that a used code has set. */
const MAX_ATTEMPTS = 5;
/** Used codes whose guesses are counted; an operator creates one at a time. */
const MAX_CODES = 1000;
const DUMMY_HASH = hashCode('reset', '');

export type ResetDeps = { store: Store; clock: Clock };
type NewPassword = { username: string; code: string; newPassword: string };
export type ResetCode = { username: string; code: string; expiresAt: number };

/**
 * Creates a one-time code that sets this person's password; an earlier code becomes invalid. With `removesSecondFactor`
 * its use also removes the second factors, and the link with a provider, of a person who has lost them.
 * A `code` that was made before is the same one until it expires, used or not.
 * @throws ApiError NO_SUCH_USER
 */
export function createResetCode(
  { store, clock }: ResetDeps,
  username: string,
  removesSecondFactor = false,
  code = newCode(CODE_BYTES),
): Promise<ResetCode> {
  const hash = hashCode('reset', code);
  return store.transact(async (tx) => {
    const account = await tx.accountByName(username);
    if (!account) throw new ApiError('NO_SUCH_USER');
    const existing = [account.reset, account.usedReset].find(
      (one) => one?.hash === hash && one.expiresAt > clock(),
    );
    const expiresAt = existing?.expiresAt ?? clock() + EXPIRY_MS;
    const answer = { username: account.username, code: spell(code), expiresAt: store.time.toWall(expiresAt) };
    if (existing) return answer;
    const { usedReset: _, ...rest } = account;
    const reset = { hash, expiresAt, ...(removesSecondFactor && { removesSecondFactor: true as const }) };
    await tx.saveAccount({ ...rest, reset });
    return answer;
  });
}

/** Wrong passwords sent with each used code, by its hash, in memory. */
export type ResetAttempts = {
  count(code: string): void;
  /** Uncounts an attempt that turned out to be right. */
  uncount(code: string): void;
  areExhausted(code: string): boolean;
};

export function createResetAttempts(): ResetAttempts {
  const counts = new LRUCache<string, number>({ max: MAX_CODES });
  const countOf = (code: string) => counts.get(code) ?? 0;
  return {
    count: (code) => counts.set(code, countOf(code) + 1),
    uncount: (code) => counts.set(code, Math.max(0, countOf(code) - 1)),
    areExhausted: (code) => countOf(code) >= MAX_ATTEMPTS,
  };
}

/**
 * Sets the password with a code; every token ends, and so does the code. Until it would have expired, the same code with
 * the same password succeeds again and changes nothing.
 * @throws ApiError INVALID_PASSWORD, COMMON_PASSWORD, TOO_MANY_REQUESTS; WRONG_RESET_CODE alike in bytes and time for an
 *   unknown name, a wrong code and an expired one
 */
export async function resetPassword(
  deps: ResetDeps & { boxWords: string[] },
  attempts: ResetAttempts,
  input: NewPassword,
  owner: HashOwner,
): Promise<void> {
  try {
    await setPassword(deps, input, owner);
  } catch (error) {
    if (!(await isRepeat(deps, attempts, input, owner))) throw error;
  }
}

/** Only with the right code is a password compared, so its time reveals nothing to a stranger. */
async function isRepeat(
  { store, clock }: ResetDeps,
  attempts: ResetAttempts,
  { username, code, newPassword }: NewPassword,
  owner: HashOwner,
): Promise<boolean> {
  const account = await store.accountByName(username);
  const used = account?.usedReset;
  if (!used || used.expiresAt <= clock() || attempts.areExhausted(used.hash)) return false;
  if (!timingSafeEqual(Buffer.from(hashCode('reset', code)), Buffer.from(used.hash))) return false;
  attempts.count(used.hash);
  if (!(await matchesPassword(newPassword, account, owner))) return false;
  attempts.uncount(used.hash);
  return true;
}

async function setPassword(
  { store, clock, boxWords }: ResetDeps & { boxWords: string[] },
  { username, code, newPassword }: NewPassword,
  owner: HashOwner,
): Promise<void> {
  const form = checkPassword(newPassword, [username, ...boxWords]);
  // Only the right code costs a hash; whether a code is right is what the response says anyway.
  requireCode(await store.accountByName(username), code, clock());
  const password = await hashPassword(form, owner);
  await store.transact(async (tx) => {
    const {
      reset: usedReset,
      rawPassword: _,
      noPassword: __,
      secondFactor,
      identity,
      ...rest
    } = requireCode(await tx.accountByName(username), code, clock());
    const changed: Account = { ...rest, password, tokenVersion: rest.tokenVersion + 1, devices: [] };
    if (!usedReset?.removesSecondFactor) {
      if (secondFactor) changed.secondFactor = secondFactor;
      if (identity) changed.identity = identity;
    }
    await tx.saveAccount({ ...changed, ...(usedReset && { usedReset }) });
  });
}

/** The account whose open code this is. @throws ApiError WRONG_RESET_CODE after the same work for every name */
function requireCode(account: Account | undefined, code: string, now: number): Account {
  const open = account?.reset && account.reset.expiresAt > now ? account.reset : undefined;
  const isRight = timingSafeEqual(
    Buffer.from(hashCode('reset', code)),
    Buffer.from(open?.hash ?? DUMMY_HASH),
  );
  if (!account || !open || !isRight) throw new ApiError('WRONG_RESET_CODE');
  return account;
}
