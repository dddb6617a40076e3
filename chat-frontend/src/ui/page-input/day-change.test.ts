import { afterEach, expect, test, vi } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { watchDayChange } from './day-change.ts';

// @vitest-environment happy-dom

const MINUTE_MS = 60_000;
/** A quarter to midnight, local time. */
const evening = new Date(2026, 10, 28, 23, 45).getTime();

function watch() {
  const time = fakeClock(evening);
  const i18n = createI18n('en', en, ['en-GB']);
  const drawn: string[] = [];
  watchDayChange(
    time.clock,
    () => i18n,
    () => drawn.push(i18n.day(evening, time.clock.now())),
  );
  return { time, drawn };
}

afterEach(() => vi.restoreAllMocks());

test('at midnight, and not before, the day that was today is drawn as yesterday', async () => {
  const { time, drawn } = watch();
  await time.pass(15 * MINUTE_MS - 1);
  expect(drawn).toEqual(['Today']);
  await time.pass(1);
  expect(drawn).toEqual(['Today', 'Yesterday']);
});

test('a page that was suspended at midnight is redrawn when it becomes visible again', async () => {
  const { time, drawn } = watch();
  vi.spyOn(time.clock, 'now').mockReturnValue(evening + 8 * 60 * MINUTE_MS);
  window.dispatchEvent(new Event('pageshow'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(drawn).toEqual(['Today', 'Yesterday']);
});

test('a change of the time zone is drawn at the next check', async () => {
  const { time, drawn } = watch();
  vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({
    timeZone: 'Pacific/Kiritimati',
  } as Intl.ResolvedDateTimeFormatOptions);
  await time.pass(MINUTE_MS);
  expect(drawn).toHaveLength(2);
  await time.pass(5 * MINUTE_MS);
  expect(drawn).toHaveLength(2);
});
