import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../errors.ts';
import type { Rate, RateName } from '../rates.ts';
import type { Limiter, RateLimiter } from './limiter.ts';

/** The requests of a key in its window, and when the window ends; the cache's own TTLs would cost each poll more. */
type Counter = { used: number; endsMs: number };

/** Keys of one limit, about 10 MB; a flood of new ones evicts the least recently used. */
const MAX_KEYS = 50_000;

/** Fixed-window counters in memory; a window begins with its first request. Without rates nothing is limited. */
export function createRateLimiter(
  rates: Record<RateName, Rate> | undefined,
  now: () => number = () => performance.now(),
): RateLimiter {
  if (!rates) return { consume: () => {}, check: () => {}, count: () => {}, refund: () => {} };
  const windows = new Map(
    Object.keys(rates).map((name) => [
      name,
      // maxSize, not max: the cache allocates room for `max` entries at the start, two megabytes a limit.
      new LRUCache<string, Counter>({ maxSize: MAX_KEYS, sizeCalculation: () => 1 }),
    ]),
  );
  const windowOf = (name: RateName): LRUCache<string, Counter> => {
    const found = windows.get(name);
    if (!found) throw new Error(`no limit is named ${name}`);
    return found;
  };
  const count = (name: RateName, key: string, max: number, cost: number): void => {
    const window = windowOf(name);
    const short = shortenKey(key);
    const counter = window.get(short);
    const current = now();
    if (!counter) window.set(short, { used: cost, endsMs: current + rates[name].seconds * 1000 });
    else if (current >= counter.endsMs) {
      counter.used = cost;
      counter.endsMs = current + rates[name].seconds * 1000;
    } else if (counter.used < max) counter.used += cost;
    else throw refusal(name, counter.endsMs - current);
  };
  return {
    consume: (name, key, cost = 1) => count(name, key, rates[name].count, cost),
    count: (name, key, cost = 1) => count(name, key, Number.POSITIVE_INFINITY, cost),
    check: (name, key) => {
      const counter = windowOf(name).get(shortenKey(key));
      const left = (counter?.endsMs ?? 0) - now();
      if (counter && left > 0 && counter.used >= rates[name].count) throw refusal(name, left);
    },
    refund: (name, key) => {
      const counter = windowOf(name).get(shortenKey(key));
      if (counter && counter.used > 0) counter.used -= 1;
    },
  };
}

/**
 * Counts a request before `work`, so that many at once cannot pass together, and refunds it unless `counts` accepts the
 * outcome. @throws ApiError TOO_MANY_REQUESTS, or what `work` throws
 */
export async function withRateLimit<T>(
  limiter: Limiter,
  [name, key]: [RateName, string],
  counts: (outcome: { error?: unknown }) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  await limiter.consume(name, key);
  let outcome: { error?: unknown } = {};
  try {
    return await work();
  } catch (error) {
    outcome = { error };
    throw error;
  } finally {
    // A refund that is lost changes nothing of the outcome.
    if (!counts(outcome)) await Promise.resolve(limiter.refund(name, key)).catch(() => {});
  }
}

/** Keys may hold what a stranger typed: a long one is hashed. Ids and addresses stay as they are. */
export function shortenKey(key: string): string {
  return key.length <= 40 ? key : hash('sha256', key, 'base64url').slice(0, 22);
}

/** The error of a limit, with the milliseconds to wait. */
export function refusal(name: RateName, ms: number): ApiError {
  const retryAfter = Math.max(1, Math.ceil(ms / 1000));
  // A client that waited for a day would miss that the operator has raised the limit.
  if (name === 'stored' || name === 'importedRows')
    return new ApiError('DAILY_LIMIT', { retryAfter: Math.min(3600, retryAfter) });
  if (name === 'downloads') return new ApiError('DOWNLOAD_LIMIT', { retryAfter });
  return new ApiError('TOO_MANY_REQUESTS', { retryAfter });
}
