import { expect, test } from 'vitest';
import { relativeTime } from './relative-time.ts';

const MINUTE_MS = 60_000;

test.each([
  [0, 'this minute', 'menit ini'],
  [-20 * 1_000, 'this minute', 'menit ini'],
  [-59 * MINUTE_MS, '59 minutes ago', '59 menit yang lalu'],
  [-3 * 60 * MINUTE_MS, '3 hours ago', '3 jam yang lalu'],
  [-47 * 60 * MINUTE_MS, 'yesterday', 'kemarin'],
  [-72 * 60 * MINUTE_MS, '3 days ago', '3 hari yang lalu'],
  [20 * 60 * MINUTE_MS, 'in 20 hours', 'dalam 20 jam'],
])('a moment %i ms from now is “%s” in English and “%s” in Indonesian', (ms, english, indonesian) => {
  const now = Date.UTC(2026, 10, 29);
  expect(relativeTime(now + ms, now, 'en')).toBe(english);
  expect(relativeTime(now + ms, now, 'id')).toBe(indonesian);
});
