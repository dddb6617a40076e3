import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Attempt, PushQueue } from './push-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const failing = (retryAfter = 0) => vi.fn<Attempt>(async () => ({ retryAfter }));

test('a failed push is retried after increasing delays, and dropped after the last one', async () => {
  const queue = new PushQueue();
  const attempt = failing();
  queue.add('a', attempt);
  const counts: number[] = [];
  for (const ms of [0, 9_999, 1, 59_999, 1, 300_000, 3_600_000]) {
    await vi.advanceTimersByTimeAsync(ms);
    counts.push(attempt.mock.calls.length);
  }
  expect(counts).toEqual([1, 1, 2, 2, 3, 4, 4]);
  expect(queue.size).toBe(0);
});

test('a push service that asks for a longer delay gets it up to a limit; one that cannot be reached is retried', async () => {
  const queue = new PushQueue();
  const [long, endless] = [failing(30), failing(1_000_000)];
  const throwing = vi.fn<Attempt>(async () => Promise.reject(new Error('no route')));
  queue.add('long', long);
  queue.add('endless', endless);
  queue.add('throwing', throwing);
  const count = () => [long, endless, throwing].map(({ mock }) => mock.calls.length);
  await vi.advanceTimersByTimeAsync(29_999);
  expect(count()).toEqual([1, 1, 2]);
  await vi.advanceTimersByTimeAsync(1);
  expect(count()).toEqual([2, 1, 2]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(count()[1]).toBe(2);
});

test('a new push replaces a waiting one of the same key, also a delayed one', async () => {
  const queue = new PushQueue();
  const [first, second] = [failing(), vi.fn<Attempt>(async () => undefined)];
  queue.add('a', first);
  await settle();
  queue.add('a', second);
  expect(queue.size).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([first.mock.calls.length, second.mock.calls.length, queue.size]).toEqual([1, 1, 0]);
});

test('four pushes run at once, the others wait, and beyond a thousand the oldest is dropped', async () => {
  const queue = new PushQueue();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  for (let n = 0; n < 1005; n++) {
    queue.add(`k${n}`, async () => {
      begun.push(n);
      await new Promise<void>((resolve) => ends.push(resolve));
      return undefined;
    });
  }
  await settle();
  expect([begun, queue.size]).toEqual([[0, 1, 2, 3], 1000]);
  ends[0]?.();
  await settle();
  expect(begun).toEqual([0, 1, 2, 3, 5]);
});

test('a closed queue sends nothing more', async () => {
  const queue = new PushQueue();
  const attempt = failing();
  queue.add('a', attempt);
  await settle();
  queue.close();
  queue.add('b', attempt);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(attempt.mock.calls.length).toBe(1);
});
