import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { hashCode, newCode, spell } from '../codes.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store } from '../storage/store.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';

const EXPIRY_MS = 15 * 60_000;
/** 80 bits cannot be guessed within the lifetime of a code, not even with its hash. */
const CODE_BYTES = 10;
const MAX_ATTEMPTS = 5;
/** Codes whose wrong attempts are counted; an operator creates one at a time. */
const MAX_CODES = 1000;
const DUMMY_HASH = hashCode('reset', '');

export type ResetDeps = { store: Store; clock: Clock };
type NewPassword = { username: string; code: string; newPassword: string };
export type ResetCode = { username: string; code: string; expiresAt: number };

/**
 * Creates a one-time code that sets this person's password; an earlier code becomes invalid.
 * @throws ApiError NO_SUCH_USER
 */
export function createResetCode({ store, clock }: ResetDeps, username: string): Promise<ResetCode> {
  const code = newCode(CODE_BYTES);
  return store.transact(async (tx) => {
    const account = await tx.accountByName(username);
    if (!account) throw new ApiError('NO_SUCH_USER');
    const expiresAt = clock() + EXPIRY_MS;
    const { usedReset: _, ...rest } = account;
    await tx.saveAccount({ ...rest, reset: { hash: hashCode('reset', code), expiresAt } });
    return { username: account.username, code: spell(code), expiresAt: store.time.toWall(expiresAt) };
  });
}

/** Wrong attempts at each code, by its hash; in memory, so that a stranger's guess writes nothing. */
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
  deps: ResetDeps,
  attempts: ResetAttempts,
  input: NewPassword,
): Promise<void> {
  try {
    await setPassword(deps, attempts, input);
  } catch (error) {
    if (!(await isRepeat(deps, attempts, input))) throw error;
  }
}

/** Only with the right code is a password compared, so its time reveals nothing to a stranger. */
async function isRepeat(
  { store, clock }: ResetDeps,
  attempts: ResetAttempts,
  { username, code, newPassword }: NewPassword,
): Promise<boolean> {
  const account = await store.accountByName(username);
  const used = account?.usedReset;
  if (!used || used.expiresAt <= clock() || attempts.areExhausted(used.hash)) return false;
  if (!timingSafeEqual(Buffer.from(hashCode('reset', code)), Buffer.from(used.hash))) return false;
  attempts.count(used.hash);
  if (!(await matchesPassword(newPassword, account))) return false;
  attempts.uncount(used.hash);
  return true;
}

async function setPassword(
  { store, clock }: ResetDeps,
  attempts: ResetAttempts,
  input: NewPassword,
): Promise<void> {
  // Before the account is read, so that the response time does not depend on the account.
  const password = await hashPassword(checkPassword(input.newPassword, input.username));
  const candidate = Buffer.from(hashCode('reset', input.code));
  await store.transact(async (tx) => {
    const account = await tx.accountByName(input.username);
    const reset = openReset(account, clock(), attempts);
    const isRight = timingSafeEqual(candidate, Buffer.from(reset?.hash ?? DUMMY_HASH));
    if (!account || !reset || !isRight) {
      if (reset) attempts.count(reset.hash);
      throw new ApiError('WRONG_RESET_CODE');
    }
    const { reset: usedReset, rawPassword: _, ...rest } = account;
    const changed = { ...rest, password, tokenVersion: rest.tokenVersion + 1, devices: [] };
    await tx.saveAccount({ ...changed, ...(usedReset && { usedReset }) });
  });
}

function openReset(account: Account | undefined, now: number, attempts: ResetAttempts): Account['reset'] {
  const reset = account?.reset;
  return reset && reset.expiresAt > now && !attempts.areExhausted(reset.hash) ? reset : undefined;
}
