import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { shortenKey } from '../http/rate-limits.ts';
import type { Rate } from '../rates.ts';

/** Wrong guesses in a row, and the server time from which the next one may be made. */
export type Failures = { count: number; nextAt: number };

/** Keys that are counted at once, a few MB; a flood of new ones evicts the least recently used. */
const MAX_KEYS = 50_000;
/** The first delay is this part of the longest one; each further failure doubles it. */
export const FIRST_DELAY = 1 / 64;

/**
 * Guesses at something, each key apart. A guess is counted before it is checked, so that many at once cannot pass together. The
 * counters may be elsewhere.
 */
export type Backoff = {
  [Name in keyof LocalBackoff]: (
    ...input: Parameters<LocalBackoff[Name]>
  ) => ReturnType<LocalBackoff[Name]> | Promise<ReturnType<LocalBackoff[Name]>>;
};

/** The same in the memory of this process. */
export type LocalBackoff = {
  /** @throws ApiError TOO_MANY_REQUESTS with the seconds to wait */
  count(key: string): void;
  /** The guess was none: it failed for another reason. */
  uncount(key: string): void;
  /** The guess was right. @returns how many wrong ones came before */
  forget(key: string): number;
  /** undefined for a key without wrong guesses. */
  get(key: string): Failures | undefined;
  /** Continues from failures that were stored. */
  restore(key: string, failures: Failures): void;
};

/**
 * `rate.count` guesses are free; then each wrong one delays the next, twice as long as the one before and at most
 * `rate.seconds`: a guesser gets few more guesses, and an owner is never locked out for good. Without a rate nothing is limited.
 */
export function createBackoff(rate: Rate | undefined, clock: Clock): LocalBackoff {
  const failures = new LRUCache<string, Failures>({ maxSize: MAX_KEYS, sizeCalculation: () => 1 });
  const maxDelay = (rate?.seconds ?? 0) * 1000;
  const delayAfter = (count: number) =>
    rate && count >= rate.count ? Math.min(maxDelay, maxDelay * FIRST_DELAY * 2 ** (count - rate.count)) : 0;
  return {
    count(key) {
      if (!rate) return;
      const short = shortenKey(key);
      const { count, nextAt } = failures.get(short) ?? { count: 0, nextAt: 0 };
      const now = clock();
      if (nextAt > now)
        throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: Math.ceil((nextAt - now) / 1000) });
      failures.set(short, { count: count + 1, nextAt: now + delayAfter(count + 1) });
    },
    uncount(key) {
      const short = shortenKey(key);
      const found = failures.get(short);
      if (!found) return;
      const count = found.count - 1;
      if (count <= 0) failures.delete(short);
      else failures.set(short, { count, nextAt: 0 });
    },
    forget(key) {
      const short = shortenKey(key);
      const count = failures.get(short)?.count ?? 0;
      failures.delete(short);
      return Math.max(0, count - 1);
    },
    get: (key) => failures.get(shortenKey(key)),
    restore: (key, found) => void failures.set(shortenKey(key), found),
  };
}
