import { expect, test } from 'vitest';
import { ClockWatch } from './clock-figures.ts';

const MINUTE_MS = 60_000;

/** A watch with a wall clock that can be set; server time only elapses. */
function open(wall = Date.UTC(2026, 10, 1)) {
  const clock = { wall, server: Date.UTC(2026, 10, 1) };
  const watch = new ClockWatch({ now: () => clock.server }, () => clock.wall);
  let at = 0;
  const pass = (setBy = 0) => {
    at += MINUTE_MS;
    clock.server += MINUTE_MS;
    clock.wall += MINUTE_MS + setBy;
    return watch.read(at);
  };
  return { pass };
}

test('a wall clock that is set by a minute or more has jumped, in either direction, and one that NTP slews has not', () => {
  const { pass } = open();
  expect(pass()).toEqual({ trusted: true, offsetMs: 0, jumpedAt: undefined });
  expect(pass(500).jumpedAt).toBeUndefined();
  expect(pass(3_600_000)).toEqual({ trusted: true, offsetMs: -3_600_500, jumpedAt: 3 * MINUTE_MS });
  expect(pass().jumpedAt).toBe(3 * MINUTE_MS);
  expect(pass(-3_600_000).jumpedAt).toBe(5 * MINUTE_MS);
});

test('a clock that begins in 1970 is not trusted, and setting it for the first time is no jump', () => {
  const { pass } = open(0);
  expect(pass().trusted).toBe(false);
  expect(pass(Date.UTC(2026, 10, 1))).toMatchObject({ trusted: true, jumpedAt: undefined });
  expect(pass(120_000).jumpedAt).toBe(3 * MINUTE_MS);
});
