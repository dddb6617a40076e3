import { expect, it } from 'vitest';
import { openTiming, percentile } from './timing.ts';

it.each([
  [[], 0.5, 0],
  [[7], 0.99, 7],
  [[1, 2, 3, 4], 0.5, 2],
  [Array.from({ length: 100 }, (_, n) => n + 1), 0.99, 99],
  [Array.from({ length: 101 }, (_, n) => n + 1), 0.99, 100],
])('the percentile of %j at %d is %d', (sorted, share, expected) => {
  expect(percentile(sorted, share)).toBe(expected);
});

it('a refused request counts as a response and not as a success', () => {
  const timing = openTiming();
  timing.add(200, 30);
  timing.add(204, 10);
  timing.add(503, 1);
  timing.add(0, 1000);
  expect(timing.result(2)).toEqual({
    count: 2,
    perSecond: 1,
    p50: 10,
    p99: 30,
    codes: { 200: 1, 204: 1, 503: 1, 0: 1 },
  });
});
