// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { createActivity } from './activity.ts';

const MINUTE_MS = 60_000;
let time: ReturnType<typeof fakeClock>;
let activity: ReturnType<typeof createActivity>;
let calls: string[];
const visibility = vi.spyOn(document, 'visibilityState', 'get');

beforeEach(() => {
  visibility.mockReturnValue('visible');
  time = fakeClock();
  calls = [];
  activity = createActivity(time.clock);
  activity.start({
    onVisible: () => calls.push('visible'),
    onHidden: () => calls.push('hidden'),
    onPageHide: () => calls.push('unload'),
  });
});

afterEach(() => activity.close());

test('a visible page without input for five minutes is idle, and every kind of input counts', async () => {
  for (const kind of ['keydown', 'pointerdown', 'pointermove', 'wheel']) {
    document.dispatchEvent(new Event(kind));
    await time.pass(5 * MINUTE_MS - 1);
    expect([kind, activity.now()]).toEqual([kind, 'active']);
    document.dispatchEvent(new Event(kind));
  }
  window.dispatchEvent(new Event('focus'));
  await time.pass(5 * MINUTE_MS);
  expect(activity.now()).toBe('idle');
});

test('the first input after idling reports the page as visible again, and further input does not', async () => {
  await time.pass(5 * MINUTE_MS);
  document.dispatchEvent(new Event('pointermove'));
  document.dispatchEvent(new Event('pointermove'));
  expect(calls).toEqual(['visible', 'visible']);
  expect(activity.now()).toBe('active');
});

test('a hidden page is hidden whatever its input, and is reported as visible when it is shown again', () => {
  visibility.mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(activity.now()).toBe('hidden');
  visibility.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(activity.now()).toBe('active');
  expect(calls).toEqual(['visible', 'hidden', 'visible']);
});

test('a network that returns reports the page as visible, and does not count as input', async () => {
  await time.pass(5 * MINUTE_MS);
  window.dispatchEvent(new Event('online'));
  expect(calls).toEqual(['visible', 'visible']);
  expect(activity.now()).toBe('idle');
});

test('an unloaded page reports nothing until it is shown again', () => {
  window.dispatchEvent(new Event('pagehide'));
  window.dispatchEvent(new Event('focus'));
  expect(calls).toEqual(['visible', 'unload']);
  window.dispatchEvent(new Event('pageshow'));
  expect(calls).toEqual(['visible', 'unload', 'visible']);
});
