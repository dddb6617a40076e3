import { ApiError } from '../errors.ts';
import { foldName } from '../storage/store.ts';
import { compare, hash } from './bcrypt-client.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** bcrypt's cost: about 45 ms on a PC, 200 ms on an S905 (seed: 10 rounds). */
const COST = 10;
const MIN_CHARACTERS = 8;
/** bcrypt ignores every byte after these. */
const MAX_BYTES = 72;
/** Hashes at once; more would only slow each other down on a machine with four slow cores. */
const MAX_RUNNING = 2;
const MAX_WAITING = 64;
/** A hash of an unknown password, so that an unknown username takes as long as a known one. */
const DUMMY_HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

/**
 * Checks a new password; returns the form in which it is hashed (NFKC, NIST SP 800-63B-4 §3.1.1.2).
 * @throws ApiError INVALID_PASSWORD, COMMON_PASSWORD (also for the username itself)
 */
export function checkPassword(password: string, username: string): string {
  const form = password.normalize('NFKC');
  if (!fits(form) || [...form].length < MIN_CHARACTERS) throw new ApiError('INVALID_PASSWORD');
  const lower = form.toLowerCase();
  if (COMMON_PASSWORDS.has(lower) || lower === foldName(username)) throw new ApiError('COMMON_PASSWORD');
  return form;
}

/** @throws ApiError TOO_MANY_REQUESTS when the queue is full. */
export function hashPassword(form: string): Promise<string> {
  return queued(() => hash(form, COST));
}

/** A bcrypt hash; `rawPassword` when another program hashed the text as it was typed. */
type StoredPassword = { password: string; rawPassword?: true };

/**
 * Whether a password matches a hash. Without a hash, or with an invalid password, the result is false after the same work,
 * which depends on the typed text alone: a text that NFKC changes takes two comparisons. A raw hash may also be of the
 * text as it was typed, which bcrypt cuts after 72 bytes.
 * @throws ApiError TOO_MANY_REQUESTS when the queue is full.
 */
export async function matchesPassword(
  password: string,
  stored: StoredPassword | undefined,
): Promise<boolean> {
  const form = password.normalize('NFKC');
  const isSameForm = form === password;
  const raw = stored?.rawPassword && isText(password) ? stored.password : undefined;
  const normalized = fits(form) ? stored?.password : undefined;
  if (isSameForm) return matchesOrDummy(form, normalized ?? raw);
  const matches = [await matchesOrDummy(form, normalized), await matchesOrDummy(password, raw)];
  return matches.includes(true);
}

/** Compares with a dummy where there is no hash. */
async function matchesOrDummy(text: string, stored: string | undefined): Promise<boolean> {
  const isSame = await queued(() => compare(stored ? text : 'no password', stored ?? DUMMY_HASH));
  return stored !== undefined && isSame;
}

/** Longer text would be cut, and text with lone surrogates hashed as if it were other text. */
function fits(form: string): boolean {
  return isText(form) && Buffer.byteLength(form) <= MAX_BYTES;
}

function isText(form: string): boolean {
  return form.isWellFormed() && !form.includes('\0');
}

let running = 0;
const waiting: (() => void)[] = [];

async function queued<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MAX_RUNNING) {
    if (waiting.length >= MAX_WAITING) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: 5 });
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    // The slot passes to the next in the queue, so that no newcomer overtakes it.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
