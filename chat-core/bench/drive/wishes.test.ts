import { expect, it } from 'vitest';
import { openWishes } from './wishes.ts';

it('wishes of several streams come in the order of time, however rarely somebody looks', () => {
  const wishes = openWishes([10, 2]);
  const order: string[] = [];
  wishes.until(0.05, (at, n) => order.push(`${at}:${n}`));
  expect(order).toEqual([]);
  wishes.until(1.01, (at, n) => order.push(`${at}:${n}`));
  expect(order.join(' ')).toBe('0:0 0:1 0:2 0:3 0:4 1:0 0:5 0:6 0:7 0:8 0:9 1:1');
  expect([wishes.count(0), wishes.count(1)]).toEqual([10, 2]);
  wishes.until(1.05, () => expect.unreachable());
});
