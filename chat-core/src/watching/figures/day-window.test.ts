import { expect, test } from 'vitest';
import { DAY_MS, DayWindow } from './day-window.ts';

const HOUR_MS = DAY_MS / 24;

test('in the first hour the growth of a day is what was counted, then it is extrapolated, and after a day it is measured', () => {
  const window = new DayWindow();
  window.add(0, 1000);
  expect(window.perDay(HOUR_MS / 2, 1500)).toBe(500);
  window.add(HOUR_MS, 2000);
  expect(window.perDay(HOUR_MS, 2000)).toBe(24_000);
  expect(window.perDay(12 * HOUR_MS, 13_000)).toBe(24_000);
  for (let hour = 2; hour <= 48; hour++) window.add(hour * HOUR_MS, hour <= 24 ? 2000 : 2000 + (hour - 24));
  expect(window.growth(48 * HOUR_MS, 2024)).toEqual({ count: 24, ms: DAY_MS });
  expect(window.perDay(48 * HOUR_MS, 2024)).toBe(24);
});

test('a counter that has gone back is another one: its past does not count', () => {
  const window = new DayWindow();
  window.add(0, 5000);
  window.add(HOUR_MS, 10);
  expect(window.growth(2 * HOUR_MS, 30)).toEqual({ count: 20, ms: HOUR_MS });
});

test('a window holds at most one sample an hour, however often it is asked', () => {
  const window = new DayWindow();
  for (let minute = 0; minute < 3 * 24 * 60; minute++) window.add(minute * 60_000, minute);
  const { count, ms } = window.growth(3 * DAY_MS, 3 * 24 * 60);
  expect([count, ms]).toEqual([ms / 60_000, expect.any(Number)]);
  expect(ms).toBeLessThanOrEqual(DAY_MS + HOUR_MS);
});
