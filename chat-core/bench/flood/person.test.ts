import { expect, it } from 'vitest';
import { clockOf, shareAt } from './person.ts';

it('the share of people online changes gradually, over midnight too', () => {
  for (let hour = 0; hour < 24; hour += 0.1) {
    expect(Math.abs(shareAt(hour + 0.1) - shareAt(hour))).toBeLessThan(0.05);
  }
  expect(shareAt(3)).toBeLessThan(0.05);
  expect(shareAt(20)).toBe(0.9);
});

it('a time in hours is formatted as on a clock', () => {
  expect(['00:00', '07:30', '23:59', '00:30']).toEqual([0, 7.5, 23.99, 24.5].map(clockOf));
});
