import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { Rate, RateName } from '../rates.ts';
import { createRateLimiter } from './rate-limits.ts';

const every = (rate: Rate) =>
  Object.fromEntries(
    ['registrations', 'logins', 'failures', 'guesses', 'friends', 'sends', 'requests'].map((name) => [
      name,
      rate,
    ]),
  ) as Record<RateName, Rate>;

it('a limit admits its count in a window that begins with the first request, then refuses with the time to wait', () => {
  let now = 1000;
  const limiter = createRateLimiter(every({ count: 2, seconds: 60 }), () => now);
  limiter.consume('logins', 'a');
  now += 20_000;
  limiter.consume('logins', 'a');
  expect(() => limiter.consume('logins', 'a')).toThrow(expect.objectContaining({ retryAfter: 40 }));
  limiter.consume('logins', 'b');
  limiter.consume('sends', 'a');
  limiter.refund('logins', 'a');
  limiter.consume('logins', 'a');
  now += 40_000;
  limiter.consume('logins', 'a');
  limiter.consume('logins', 'a');
  expect(() => limiter.consume('logins', 'a')).toThrow(expect.objectContaining({ retryAfter: 60 }));
});

it('a flood of new and long keys does not fill the heap', () => {
  const limiter = createRateLimiter(every({ count: 5, seconds: 3600 }));
  const long = 'ﷺ'.repeat(256).normalize('NFKC');
  const before = heapUsed();
  // The premise: unhashed, the keys alone would fill the whole heap, at two bytes a character.
  expect(60_000 * 2 * long.length).toBeGreaterThan(512 * 2 ** 20);
  for (let n = 0; n < 60_000; n++) limiter.consume('failures', `${long}${n}`);
  expect(heapUsed() - before).toBeLessThan(50 * 2 ** 20);
});

/** Bytes of the heap in use after a full collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return getHeapStatistics().used_heap_size;
}
