import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { People } from '../state/people.ts';
import { createTypingNotifier, createTypingTimeout } from './typing.ts';

test('the server is notified of typing at most once in three seconds per conversation, and a failure is dropped', async () => {
  const time = fakeClock();
  const notified: string[] = [];
  const type = createTypingNotifier(time.clock, (id) => {
    notified.push(id);
    return Promise.reject(new Error('away'));
  });
  type('a');
  type('a');
  type('b');
  await time.pass(2_999);
  type('a');
  expect(notified).toEqual(['a', 'b']);
  await time.pass(1);
  type('a');
  expect(notified).toEqual(['a', 'b', 'a']);
});

test('a clock that is set back does not suppress typing notices for long', async () => {
  const time = fakeClock(10_000_000);
  let now = 10_000_000;
  const notified: number[] = [];
  const type = createTypingNotifier({ ...time.clock, now: () => now }, async () => notified.push(now));
  type('a');
  now = 1_000;
  type('a');
  expect(notified).toEqual([10_000_000, 1_000]);
});

test('the next typing timeout is reported once, at the time that was set last', async () => {
  const time = fakeClock(0);
  let typing: People['typing'] = {};
  let timeouts = 0;
  const timeout = createTypingTimeout(
    time.clock,
    () => typing,
    () => {
      timeouts += 1;
      typing = { b: { citra: 9_000 } };
    },
  );
  const update = (next: People['typing']) => {
    typing = next;
    timeout.update();
  };
  update({ a: { budi: 5_000 }, b: { citra: 9_000 } });
  update({ a: { budi: 7_000 }, b: { citra: 9_000 } });
  await time.pass(6_999);
  expect(timeouts).toBe(0);
  await time.pass(1);
  expect(timeouts).toBe(1);
  update({});
  await time.pass(60_000);
  expect(timeouts).toBe(1);
});

test('after one person has stopped typing the next timeout follows by itself', async () => {
  const time = fakeClock(0);
  let typing: People['typing'] = { a: { budi: 5_000 }, b: { citra: 9_000 } };
  const timeouts: number[] = [];
  const timeout = createTypingTimeout(
    time.clock,
    () => typing,
    () => {
      timeouts.push(time.clock.now());
      typing = timeouts.length === 1 ? { b: { citra: 9_000 } } : {};
    },
  );
  timeout.update();
  await time.pass(60_000);
  expect(timeouts).toEqual([5_000, 9_000]);
});
