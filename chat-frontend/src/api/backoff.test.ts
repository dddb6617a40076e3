import { expect, test } from 'vitest';
import { backoff } from './backoff.ts';

const even = () => 0.5;

test('waits twice as long after each failure, up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoff(failures, 0, even))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

test('spreads the pages of a household over half of the wait', () => {
  expect(backoff(3, 0, () => 0)).toBe(3_000);
  expect(backoff(3, 0, () => 1)).toBe(5_000);
});

test('never comes back before the box asked for', () => {
  expect(backoff(1, 20, even)).toBe(20_000);
  expect(backoff(6, 2, even)).toBe(30_000);
});
