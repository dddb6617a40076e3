import { expect, test } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { createAttention } from './dwell.ts';

function openAttention() {
  const time = fakeClock();
  let settled = 0;
  const attention = createAttention(time.clock, () => {
    settled += 1;
  });
  return { attention, time, settled: () => settled };
}

test('a look counts when it has lasted for a second and a half, and from then on', async () => {
  const { attention, time, settled } = openAttention();
  expect(attention.look(true)).toBe(false);
  await time.pass(1_499);
  expect(attention.look(true)).toBe(false);
  expect(settled()).toBe(0);
  await time.pass(1);
  expect(settled()).toBe(1);
  expect(attention.look(true)).toBe(true);
  await time.pass(60_000);
  expect(settled()).toBe(1);
});

test('a look that is taken away begins anew', async () => {
  const { attention, time, settled } = openAttention();
  attention.look(true);
  await time.pass(1_400);
  attention.look(false);
  attention.look(true);
  await time.pass(1_400);
  expect(settled()).toBe(0);
  await time.pass(100);
  expect(settled()).toBe(1);
  expect(attention.look(false)).toBe(false);
  expect(attention.look(true)).toBe(false);
});

test('nobody is told after the end', async () => {
  const { attention, time, settled } = openAttention();
  attention.look(true);
  attention.close();
  await time.pass(60_000);
  expect(settled()).toBe(0);
});
