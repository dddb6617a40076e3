import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { createTyping, watchSilence } from './typing.ts';

test('the box is told at most once in three seconds of each conversation, and a failure is nobody’s business', async () => {
  const time = fakeClock();
  const told: string[] = [];
  const type = createTyping(time.clock, (id) => {
    told.push(id);
    return Promise.reject(new Error('away'));
  });
  type('a');
  type('a');
  type('b');
  await time.pass(2_999);
  type('a');
  expect(told).toEqual(['a', 'b']);
  await time.pass(1);
  type('a');
  expect(told).toEqual(['a', 'b', 'a']);
});

test('a clock that is set back does not silence for long', async () => {
  const time = fakeClock(10_000_000);
  let now = 10_000_000;
  const told: number[] = [];
  const type = createTyping({ ...time.clock, now: () => now }, async () => told.push(now));
  type('a');
  now = 1_000;
  type('a');
  expect(told).toEqual([10_000_000, 1_000]);
});

test('the end of the next typing is told once, and the last word on it counts', async () => {
  const time = fakeClock(0);
  let over = 0;
  const silence = watchSilence(time.clock, () => {
    over += 1;
  });
  silence.watch({ a: { budi: 5_000 }, b: { citra: 9_000 } });
  silence.watch({ a: { budi: 7_000 }, b: { citra: 9_000 } });
  await time.pass(6_999);
  expect(over).toBe(0);
  await time.pass(1);
  expect(over).toBe(1);
  silence.watch({});
  await time.pass(60_000);
  expect(over).toBe(1);
});
