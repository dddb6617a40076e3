// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { watchPresence } from './activity.ts';

const MINUTE_MS = 60_000;
let time: ReturnType<typeof fakeClock>;
let presence: ReturnType<typeof watchPresence>;
let told: string[];
const shown = vi.spyOn(document, 'visibilityState', 'get');

beforeEach(() => {
  shown.mockReturnValue('visible');
  time = fakeClock();
  told = [];
  presence = watchPresence(time.clock, {
    onLook: () => told.push('look'),
    onHide: () => told.push('hide'),
    onLeave: () => told.push('leave'),
  });
  presence.begin();
});

afterEach(() => presence.end());

test('who touches nothing for five minutes is idle, and every way of touching counts', async () => {
  for (const kind of ['keydown', 'pointerdown', 'pointermove', 'wheel']) {
    document.dispatchEvent(new Event(kind));
    await time.pass(5 * MINUTE_MS - 1);
    expect([kind, presence.activity()]).toEqual([kind, 'active']);
    document.dispatchEvent(new Event(kind));
  }
  window.dispatchEvent(new Event('focus'));
  await time.pass(5 * MINUTE_MS);
  expect(presence.activity()).toBe('idle');
});

test('the first touch after a while is a look, and those that follow are not', async () => {
  await time.pass(5 * MINUTE_MS);
  document.dispatchEvent(new Event('pointermove'));
  document.dispatchEvent(new Event('pointermove'));
  expect(told).toEqual(['look', 'look']);
  expect(presence.activity()).toBe('active');
});

test('a page nobody sees is hidden, touched or not; seen again, it is looked at', () => {
  shown.mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(presence.activity()).toBe('hidden');
  shown.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(presence.activity()).toBe('active');
  expect(told).toEqual(['look', 'hide', 'look']);
});

test('a network that returns is looked at, and is nobody’s touch', async () => {
  await time.pass(5 * MINUTE_MS);
  window.dispatchEvent(new Event('online'));
  expect(told).toEqual(['look', 'look']);
  expect(presence.activity()).toBe('idle');
});

test('a page that went hears nothing until it is back', () => {
  window.dispatchEvent(new Event('pagehide'));
  window.dispatchEvent(new Event('focus'));
  expect(told).toEqual(['look', 'leave']);
  window.dispatchEvent(new Event('pageshow'));
  expect(told).toEqual(['look', 'leave', 'look']);
});
