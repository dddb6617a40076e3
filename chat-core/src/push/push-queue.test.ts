import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Attempt, Outgoing } from './push-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const failing = (retryAfter = 0) => vi.fn<Attempt>(async () => ({ retryAfter }));

test('what fails is tried again after longer and longer pauses, and given up in the end', async () => {
  const outgoing = new Outgoing();
  const attempt = failing();
  outgoing.add('a', attempt);
  const counts: number[] = [];
  for (const ms of [0, 9_999, 1, 59_999, 1, 300_000, 3_600_000]) {
    await vi.advanceTimersByTimeAsync(ms);
    counts.push(attempt.mock.calls.length);
  }
  expect(counts).toEqual([1, 1, 2, 2, 3, 4, 4]);
  expect(outgoing.size).toBe(0);
});

test('a push service that asks for a longer pause gets it, within bounds; one that throws is asked again', async () => {
  const outgoing = new Outgoing();
  const [long, endless] = [failing(30), failing(1_000_000)];
  const throwing = vi.fn<Attempt>(async () => Promise.reject(new Error('no route')));
  outgoing.add('long', long);
  outgoing.add('endless', endless);
  outgoing.add('throwing', throwing);
  const count = () => [long, endless, throwing].map(({ mock }) => mock.calls.length);
  await vi.advanceTimersByTimeAsync(29_999);
  expect(count()).toEqual([1, 1, 2]);
  await vi.advanceTimersByTimeAsync(1);
  expect(count()).toEqual([2, 1, 2]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(count()[1]).toBe(2);
});

test('a later letter takes the place of one that waits, also of one that pauses', async () => {
  const outgoing = new Outgoing();
  const [first, second] = [failing(), vi.fn<Attempt>(async () => undefined)];
  outgoing.add('a', first);
  await settle();
  outgoing.add('a', second);
  expect(outgoing.size).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([first.mock.calls.length, second.mock.calls.length, outgoing.size]).toEqual([1, 1, 0]);
});

test('four are under way at once, the others wait, and beyond a thousand the oldest goes', async () => {
  const outgoing = new Outgoing();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  for (let n = 0; n < 1005; n++) {
    outgoing.add(`k${n}`, async () => {
      begun.push(n);
      await new Promise<void>((done) => ends.push(done));
      return undefined;
    });
  }
  await settle();
  expect([begun, outgoing.size]).toEqual([[0, 1, 2, 3], 1000]);
  ends[0]?.();
  await settle();
  expect(begun).toEqual([0, 1, 2, 3, 5]);
});

test('closed, nothing more is sent', async () => {
  const outgoing = new Outgoing();
  const attempt = failing();
  outgoing.add('a', attempt);
  await settle();
  outgoing.close();
  outgoing.add('b', attempt);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(attempt.mock.calls.length).toBe(1);
});
