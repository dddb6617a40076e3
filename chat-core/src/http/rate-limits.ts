import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Rate, RateName } from '../config.ts';
import { ApiError } from '../errors.ts';

export type Limits = {
  /** Counts one against a key. @throws ApiError TOO_MANY_REQUESTS with the seconds to wait */
  take(name: RateName, key: string): void;
  /** Takes one back that was counted and should not have been. */
  giveBack(name: RateName, key: string): void;
};

/** What a key has used of a window, and when that ends; the cache's own times to live would cost each poll more. */
type Counter = { used: number; until: number };

/** A limit remembers so many keys, some 10 MB; a flood of new ones pushes out the longest unused. */
const MAX_KEYS = 50_000;

/** Counters in memory, each for one window that begins with its first request. Without rates nothing is limited. */
export function openLimits(
  rates: Record<RateName, Rate> | undefined,
  now: () => number = () => performance.now(),
): Limits {
  if (!rates) return { take: () => {}, giveBack: () => {} };
  const windows = new Map(
    Object.keys(rates).map((name) => [
      name,
      // By size, not by number: room for a number would be taken at the start, two megabytes a limit.
      new LRUCache<string, Counter>({ maxSize: MAX_KEYS, sizeCalculation: () => 1 }),
    ]),
  );
  const windowOf = (name: RateName): LRUCache<string, Counter> => {
    const found = windows.get(name);
    if (!found) throw new Error(`no limit is named ${name}`);
    return found;
  };
  return {
    take: (name, key) => {
      const window = windowOf(name);
      const short = shorten(key);
      const counter = window.get(short);
      const at = now();
      if (!counter) window.set(short, { used: 1, until: at + rates[name].seconds * 1000 });
      else if (at >= counter.until) {
        counter.used = 1;
        counter.until = at + rates[name].seconds * 1000;
      } else if (counter.used < rates[name].count) counter.used += 1;
      else throw refusal(counter.until - at);
    },
    giveBack: (name, key) => {
      const counter = windowOf(name).get(shorten(key));
      if (counter && counter.used > 0) counter.used -= 1;
    },
  };
}

/**
 * Counts one against a key before `work`, so that many at once cannot slip through together, and takes it back unless
 * `counts` says of the outcome that it is what the limit is about. @throws ApiError TOO_MANY_REQUESTS, or what `work` throws
 */
export async function counting<T>(
  limits: Limits,
  [name, key]: [RateName, string],
  counts: (outcome: { error?: unknown }) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  limits.take(name, key);
  let outcome: { error?: unknown } = {};
  try {
    return await work();
  } catch (error) {
    outcome = { error };
    throw error;
  } finally {
    if (!counts(outcome)) limits.giveBack(name, key);
  }
}

/** Keys may hold what a stranger typed: a long one takes a few bytes. Ids and addresses stay as they are. */
function shorten(key: string): string {
  return key.length <= 40 ? key : hash('sha256', key, 'base64url').slice(0, 22);
}

function refusal(ms: number): ApiError {
  return new ApiError('TOO_MANY_REQUESTS', { retryAfter: Math.max(1, Math.ceil(ms / 1000)) });
}
