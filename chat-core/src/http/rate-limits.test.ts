import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { Rate, RateName } from '../config.ts';
import { openLimits } from './rate-limits.ts';

const every = (rate: Rate) =>
  Object.fromEntries(
    ['registrations', 'logins', 'failures', 'guesses', 'friends', 'sends', 'requests'].map((name) => [
      name,
      rate,
    ]),
  ) as Record<RateName, Rate>;

it('a limit lets its count through in a window that begins with the first, and tells how long to wait', () => {
  let now = 1000;
  const limits = openLimits(every({ count: 2, seconds: 60 }), () => now);
  limits.take('logins', 'a');
  now += 20_000;
  limits.take('logins', 'a');
  expect(() => limits.take('logins', 'a')).toThrow(expect.objectContaining({ retryAfter: 40 }));
  limits.take('logins', 'b');
  limits.take('sends', 'a');
  limits.giveBack('logins', 'a');
  limits.take('logins', 'a');
  now += 40_000;
  limits.take('logins', 'a');
  limits.take('logins', 'a');
  expect(() => limits.take('logins', 'a')).toThrow(expect.objectContaining({ retryAfter: 60 }));
});

it('a flood of new and long keys does not fill the heap', () => {
  const limits = openLimits(every({ count: 5, seconds: 3600 }));
  const long = 'ﷺ'.repeat(256).normalize('NFKC');
  const before = heapUsed();
  // The premise: kept as they are, the keys alone would take more than the whole heap, two bytes a letter.
  expect(60_000 * 2 * long.length).toBeGreaterThan(512 * 2 ** 20);
  for (let n = 0; n < 60_000; n++) limits.take('failures', `${long}${n}`);
  expect(heapUsed() - before).toBeLessThan(50 * 2 ** 20);
});

/** Bytes of the heap that are in use, without what is waiting to be collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return getHeapStatistics().used_heap_size;
}
