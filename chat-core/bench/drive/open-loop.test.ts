import { expect, it } from 'vitest';
import { openSchedule } from './open-loop.ts';

it('requests of several streams are due in order of time, however rarely the schedule is read', () => {
  const schedule = openSchedule([10, 2]);
  const order: string[] = [];
  schedule.until(0.05, (stream, n) => order.push(`${stream}:${n}`));
  expect(order).toEqual([]);
  schedule.until(1.01, (stream, n) => order.push(`${stream}:${n}`));
  expect(order.join(' ')).toBe('0:0 0:1 0:2 0:3 0:4 1:0 0:5 0:6 0:7 0:8 0:9 1:1');
  expect([schedule.count(0), schedule.count(1)]).toEqual([10, 2]);
  schedule.until(1.05, () => expect.unreachable());
});
