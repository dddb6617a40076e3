import { hash } from 'node:crypto';
import type { Rate, RateName } from '../rates.ts';
import type { SharedCounters } from '../storage/shared-counters.ts';
import type { Limiter, RateLimiter } from './limiter.ts';
import { refusal } from './rate-limits.ts';

/** Limits of attempts to get in. Whoever spreads them over several cores has no more of them. */
const SHARED: ReadonlySet<RateName> = new Set([
  'registrations',
  'logins',
  'failures',
  'invites',
  'factors',
  'factorGuesses',
]);

/** The limits of a box. Where several cores serve it, attempts to get in count for all of them, and everything else per core. */
export function createBoxLimits(
  local: RateLimiter,
  rates: Record<RateName, Rate> | undefined,
  counters: SharedCounters | undefined,
): Limiter {
  if (!rates || !counters) return local;
  const refuseFor = (name: RateName, ms: number): void => {
    if (ms > 0) throw refusal(name, ms);
  };
  const count = async (name: RateName, key: string, cost: number, max: number): Promise<void> => {
    const window = { max, ms: rates[name].seconds * 1000 };
    refuseFor(name, await counters.count(counterKey(name, key), cost, window));
  };
  return {
    consume: (name, key, cost = 1) =>
      SHARED.has(name) ? count(name, key, cost, rates[name].count) : local.consume(name, key, cost),
    count: (name, key, cost = 1) =>
      SHARED.has(name) ? count(name, key, cost, Number.MAX_SAFE_INTEGER) : local.count(name, key, cost),
    check: async (name, key) => {
      if (!SHARED.has(name)) return local.check(name, key);
      return refuseFor(name, await counters.waitOf(counterKey(name, key), rates[name].count));
    },
    refund: (name, key) =>
      SHARED.has(name) ? counters.refund(counterKey(name, key)) : local.refund(name, key),
  };
}

/** The key of a counter that is stored: what a stranger typed, which may be a password, is never in it. */
export function counterKey(name: string, key: string): string {
  return hash('sha256', `${name} ${key}`, 'base64url').slice(0, 22);
}
