// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { stableOrder } from './stable-order.ts';

function openList() {
  const time = fakeClock();
  const list = document.createElement('ul');
  let releases = 0;
  const order = stableOrder<{ id: string }>(list, time.clock, () => {
    releases += 1;
  });
  const shown = (ids: string) =>
    order([...ids].map((id) => ({ id })))
      .map(({ id }) => id)
      .join('');
  const point = (type: string, pointerType = 'mouse') =>
    list.dispatchEvent(new PointerEvent(type, { pointerType }));
  return { time, list, shown, point, releases: () => releases };
}

test('the order of the rows is held while a mouse moves over them, and for a second after', async () => {
  const { time, shown, point, releases } = openList();
  expect(shown('abc')).toBe('abc');
  expect(shown('cab')).toBe('cab');
  point('pointermove');
  expect(shown('bca')).toBe('cab');
  await time.pass(999);
  point('pointermove');
  await time.pass(999);
  expect(releases()).toBe(0);
  expect(shown('bca')).toBe('cab');
  await time.pass(1);
  expect(releases()).toBe(1);
  expect(shown('bca')).toBe('bca');
});

test('a mouse that leaves the list releases the order at once', () => {
  const { shown, point, releases } = openList();
  shown('abc');
  point('pointermove');
  point('pointerleave');
  expect(releases()).toBe(1);
  expect(shown('bca')).toBe('bca');
});

test('the focus in the list holds the order, a touch does not', () => {
  const { list, shown, point } = openList();
  shown('abc');
  point('pointermove', 'touch');
  expect(shown('cab')).toBe('cab');
  list.dispatchEvent(new FocusEvent('focusin'));
  expect(shown('abc')).toBe('cab');
});

test('while the order is held, a new row comes last and a removed row leaves no gap', () => {
  const { shown, point } = openList();
  shown('abc');
  point('pointermove');
  expect(shown('nbca')).toBe('abcn');
  expect(shown('nca')).toBe('acn');
});
