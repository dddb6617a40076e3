import { expect, test } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { createDwell } from './dwell.ts';

function openDwell() {
  const time = fakeClock();
  let count = 0;
  const dwell = createDwell(time.clock, () => {
    count += 1;
  });
  return { dwell, time, count: () => count };
}

test('a conversation counts as viewed after a second and a half, and from then on', async () => {
  const { dwell, time, count } = openDwell();
  expect(dwell.update(true)).toBe(false);
  await time.pass(1_499);
  expect(dwell.update(true)).toBe(false);
  expect(count()).toBe(0);
  await time.pass(1);
  expect(count()).toBe(1);
  expect(dwell.update(true)).toBe(true);
  await time.pass(60_000);
  expect(count()).toBe(1);
});

test('a view that is interrupted starts the time again', async () => {
  const { dwell, time, count } = openDwell();
  dwell.update(true);
  await time.pass(1_400);
  dwell.update(false);
  dwell.update(true);
  await time.pass(1_400);
  expect(count()).toBe(0);
  await time.pass(100);
  expect(count()).toBe(1);
  expect(dwell.update(false)).toBe(false);
  expect(dwell.update(true)).toBe(false);
});

test('a closed dwell timer does not fire', async () => {
  const { dwell, time, count } = openDwell();
  dwell.update(true);
  dwell.close();
  await time.pass(60_000);
  expect(count()).toBe(0);
});
