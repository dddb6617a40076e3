import { createHmac, randomBytes } from 'node:crypto';
import { ApiError } from '../errors.ts';
import { foldName } from '../storage/store.ts';
import { compare, hash } from './bcrypt-client.ts';
import { isCommonPassword } from './common-passwords.ts';
import { createHashQueue, type HashOwner } from './hash-queue.ts';

/** bcrypt's cost: about 45 ms on a PC, 200 ms on an S905 (seed: 10 rounds). */
const COST = 10;
/** Hashes of other programs with a higher cost are not compared: one of cost 15 takes 6 s on an S905. */
export const MAX_COST = 14;
const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 1024;
/** bcrypt ignores every byte after these. */
const MAX_BYTES = 72;
/** No secret: it makes the digests of long passwords useless to other programs, and theirs to this one. */
const LONG_PASSWORD_KEY = 'bisik/long-password/1';
/** A hash of an unknown password, so that an unknown username takes as long as a known one. */
const DUMMY_HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

const queued = createHashQueue();

/** The words of a server that a password may not consist of: the program's name, and those of its address. */
export function boxWordsOf(publicUrl: string | undefined): string[] {
  const labels = publicUrl === undefined ? [] : new URL(publicUrl).hostname.split('.');
  return ['bisik', ...labels.filter(({ length }) => length > 3)];
}

/**
 * Checks a new password; returns the form in which it is hashed (NFKC, NIST SP 800-63B-4 §3.1.1.2). `words`: the username
 * and other words that a guesser tries first here, which a password may not consist of, digits and signs aside.
 * @throws ApiError INVALID_PASSWORD, COMMON_PASSWORD
 */
export function checkPassword(password: string, words: string[]): string {
  const form = password.normalize('NFKC');
  const { length } = [...form];
  if (!isText(form) || length < MIN_CHARACTERS || length > MAX_CHARACTERS)
    throw new ApiError('INVALID_PASSWORD');
  if (isCommonPassword(form) || isMadeOf(form.toLowerCase(), words.map(foldName)))
    throw new ApiError('COMMON_PASSWORD');
  return form;
}

/** Whether a text is one of these words, or consists of them and of digits and signs: "sari.2024", "bisikbisik". */
function isMadeOf(text: string, words: string[]): boolean {
  const letters = onlyLetters(text);
  const parts = words.map(onlyLetters).filter((part) => part !== '');
  parts.sort((a, b) => b.length - a.length);
  const rest = parts.reduce((left, part) => left.replaceAll(part, ''), letters);
  return words.includes(text) || (letters !== '' && rest === '');
}

function onlyLetters(text: string): string {
  return text.replace(/[^\p{L}]/gu, '');
}

/** A hash in the form of bcrypt's that no password has: of an account without one, so that it takes as long to refuse. */
export function hashOfNone(): string {
  const random = randomBytes(40).toString('base64').replace(/[+=]/g, '.');
  return `$2b$${COST}$${random.slice(0, 53)}`;
}

/** @throws ApiError TOO_MANY_REQUESTS when too many hashes wait. */
export function hashPassword(form: string, owner: HashOwner): Promise<string> {
  return queued(owner, () => hash(hashed(form), COST));
}

/** A bcrypt hash; `rawPassword` when another program hashed the text as it was typed. */
type StoredPassword = { password: string; rawPassword?: true };

/**
 * Whether a password matches a hash. Without a hash, or with an invalid password, the result is false after the same work,
 * which depends on the typed text alone: a text that NFKC changes, or that is longer than bcrypt reads, takes two
 * comparisons. A raw hash may also be of the text as it was typed, which bcrypt cuts after 72 bytes.
 * @throws ApiError TOO_MANY_REQUESTS when too many hashes wait.
 */
export function matchesPassword(
  password: string,
  stored: StoredPassword | undefined,
  owner: HashOwner,
): Promise<boolean> {
  return queued(owner, () => matches(password, stored));
}

async function matches(password: string, stored: StoredPassword | undefined): Promise<boolean> {
  const known = stored && costOf(stored.password) <= MAX_COST ? stored : undefined;
  const form = password.normalize('NFKC');
  const normalized = isText(form) ? known?.password : undefined;
  const raw = known?.rawPassword && isText(password) ? known.password : undefined;
  const text = hashed(form);
  const isNormalized = await matchesOrDummy(text, normalized);
  if (text === password) return isNormalized;
  return (await matchesOrDummy(password, raw)) || isNormalized;
}

/** Compares with a dummy where there is no hash. */
async function matchesOrDummy(text: string, stored: string | undefined): Promise<boolean> {
  const isSame = await compare(stored ? text : 'no password', stored ?? DUMMY_HASH);
  return stored !== undefined && isSame;
}

/**
 * What bcrypt reads of a password: the text itself, or a digest of one that bcrypt would cut. So every hash stays valid and
 * is what other programs make, too.
 */
function hashed(form: string): string {
  if (Buffer.byteLength(form) <= MAX_BYTES) return form;
  return createHmac('sha256', LONG_PASSWORD_KEY).update(form).digest('base64');
}

/** The binary logarithm of a bcrypt hash's rounds. Other texts have none: bcrypt refuses them at once. */
export function costOf(stored: string): number {
  return Number(/^\$2[aby]\$(\d\d)\$/.exec(stored)?.[1] ?? 0);
}

/** Text with lone surrogates would be hashed as if it were other text. */
function isText(form: string): boolean {
  return form.isWellFormed() && !form.includes('\0');
}
