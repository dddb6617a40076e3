import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { hashCode, newCode, spell } from '../codes.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store } from '../storage/store.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';

/** How long a code sets a password, in milliseconds. */
const RESET_MS = 15 * 60_000;
/** 80 bits: nobody finds one in a quarter of an hour, not even who has read its hash. */
const CODE_BYTES = 10;
const MAX_TRIES = 5;
/** Codes whose wrong tries are remembered; an operator makes one at a time. */
const MAX_CODES = 1000;
const NOBODY = hashCode('reset', '');

export type Resets = { store: Store; clock: Clock };
type NewPassword = { username: string; code: string; newPassword: string };
export type ResetCode = { username: string; code: string; expiresAt: number };

/**
 * Makes a one-time code that sets this person's password; a code made before holds no longer.
 * @throws ApiError NO_SUCH_USER
 */
export function makeResetCode({ store, clock }: Resets, username: string): Promise<ResetCode> {
  const code = newCode(CODE_BYTES);
  return store.transact(async (tx) => {
    const account = await tx.accountByName(username);
    if (!account) throw new ApiError('NO_SUCH_USER');
    const expiresAt = clock() + RESET_MS;
    const { usedReset: _, ...kept } = account;
    await tx.saveAccount({ ...kept, reset: { hash: hashCode('reset', code), expiresAt } });
    return { username: account.username, code: spell(code), expiresAt: store.time.toWall(expiresAt) };
  });
}

/** Wrong tries at each code, by its hash; in memory, so that a stranger's guess writes nothing. */
export type Tries = {
  count(code: string): void;
  /** Takes back one that was counted before it was known to be right. */
  giveBack(code: string): void;
  areOver(code: string): boolean;
};

export function openTries(): Tries {
  const tries = new LRUCache<string, number>({ max: MAX_CODES });
  const of = (code: string) => tries.get(code) ?? 0;
  return {
    count: (code) => tries.set(code, of(code) + 1),
    giveBack: (code) => tries.set(code, Math.max(0, of(code) - 1)),
    areOver: (code) => of(code) >= MAX_TRIES,
  };
}

/**
 * Sets the password of whom a code was made for; every token ends, and so does the code. Until it would have expired,
 * the same code with the same password succeeds again and changes nothing.
 * @throws ApiError INVALID_PASSWORD, COMMON_PASSWORD, TOO_MANY_REQUESTS; WRONG_RESET_CODE alike in bytes and time for an
 *   unknown name, a wrong code and one that is over
 */
export async function resetPassword(resets: Resets, tries: Tries, wanted: NewPassword): Promise<void> {
  try {
    await setPassword(resets, tries, wanted);
  } catch (error) {
    if (!(await resetBefore(resets, tries, wanted))) throw error;
  }
}

/** Only who has the right code gets as far as a comparison, so it tells a stranger nothing by its time. */
async function resetBefore(
  { store, clock }: Resets,
  tries: Tries,
  { username, code, newPassword }: NewPassword,
): Promise<boolean> {
  const account = await store.accountByName(username);
  const used = account?.usedReset;
  if (!used || used.expiresAt <= clock() || tries.areOver(used.hash)) return false;
  if (!timingSafeEqual(Buffer.from(hashCode('reset', code)), Buffer.from(used.hash))) return false;
  tries.count(used.hash);
  if (!(await matchesPassword(newPassword, account))) return false;
  tries.giveBack(used.hash);
  return true;
}

async function setPassword({ store, clock }: Resets, tries: Tries, wanted: NewPassword): Promise<void> {
  // Before anybody is looked for: it takes all the time there is to measure.
  const password = await hashPassword(checkPassword(wanted.newPassword, wanted.username));
  const given = Buffer.from(hashCode('reset', wanted.code));
  await store.transact(async (tx) => {
    const account = await tx.accountByName(wanted.username);
    const reset = openReset(account, clock(), tries);
    const isRight = timingSafeEqual(given, Buffer.from(reset?.hash ?? NOBODY));
    if (!account || !reset || !isRight) {
      if (reset) tries.count(reset.hash);
      throw new ApiError('WRONG_RESET_CODE');
    }
    const { reset: usedReset, rawPassword: _, ...kept } = account;
    const changed = { ...kept, password, tokenVersion: kept.tokenVersion + 1, devices: [] };
    await tx.saveAccount({ ...changed, ...(usedReset && { usedReset }) });
  });
}

function openReset(account: Account | undefined, now: number, tries: Tries): Account['reset'] {
  const reset = account?.reset;
  return reset && reset.expiresAt > now && !tries.areOver(reset.hash) ? reset : undefined;
}
