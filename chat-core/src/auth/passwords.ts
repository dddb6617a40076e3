import { ApiError } from '../errors.ts';
import { foldName } from '../storage/store.ts';
import { compare, hash } from './bcrypt-client.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** bcrypt's cost: about 45 ms on a PC, 200 ms on an S905 (seed: 10 rounds). */
const COST = 10;
const MIN_CHARACTERS = 8;
/** bcrypt ignores every byte after these. */
const MAX_BYTES = 72;
/** More would take longer each and answer nobody sooner: a box has four slow cores. */
const AT_ONCE = 2;
const MAX_WAITING = 64;
/** A hash nobody knows the password of, so that an unknown username takes the time of a known one. */
const NOBODY = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

/**
 * The form in which a new password is hashed (NFKC, NIST SP 800-63B-4 §3.1.1.2).
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

/** What a password is compared with: a bcrypt hash, and whether another program made it of the text as it was typed. */
type StoredPassword = { password: string; rawPassword?: true };

/**
 * Whether a password belongs to a hash; without a hash, or with a password that can be none, the answer is false
 * after the same work: how much that is depends on what was typed alone, and a text of which NFKC makes another takes two
 * comparisons. A raw hash may also be of the text as it was typed, which bcrypt cuts after 72 bytes.
 * @throws ApiError TOO_MANY_REQUESTS when the queue is full.
 */
export async function matchesPassword(
  password: string,
  stored: StoredPassword | undefined,
): Promise<boolean> {
  const form = password.normalize('NFKC');
  const isSameForm = form === password;
  const raw = stored?.rawPassword && isText(password) ? stored.password : undefined;
  const own = fits(form) ? stored?.password : undefined;
  if (isSameForm) return isOf(form, own ?? raw);
  const answers = [await isOf(form, own), await isOf(password, raw)];
  return answers.includes(true);
}

/** Compares, also where there is nothing to compare with. */
async function isOf(text: string, stored: string | undefined): Promise<boolean> {
  const isSame = await queued(() => compare(stored ? text : 'no password', stored ?? NOBODY));
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
  if (running >= AT_ONCE) {
    if (waiting.length >= MAX_WAITING) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: 5 });
    await new Promise<void>((turn) => waiting.push(turn));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    // The place is handed on, so that nobody who comes meanwhile overtakes the queue.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
