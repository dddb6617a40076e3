import { expect, test } from 'vitest';
import { fromLocalValue, nextHour, toLocalValue } from './local-time.ts';

test('a time of the field is the same time again, to the minute', () => {
  const at = Date.UTC(2026, 10, 29, 18, 30);
  expect(fromLocalValue(toLocalValue(at))).toBe(at);
  expect(toLocalValue(at)).toMatch(/^2026-11-\d\dT\d\d:\d\d$/);
  expect(fromLocalValue('')).toBeUndefined();
});

test('the proposed time is a full hour, half an hour to an hour and a half away', () => {
  for (const minute of [0, 29, 30, 31, 59]) {
    const now = Date.UTC(2026, 10, 29, 18, minute);
    const proposed = nextHour(now);
    expect(proposed % 3_600_000).toBe(0);
    expect(proposed - now).toBeGreaterThanOrEqual(1_800_000);
    expect(proposed - now).toBeLessThanOrEqual(5_400_000);
  }
});
