import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Attempt, PushQueue } from './push-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const push = (deviceId: string, conversationId = 'c') => ({ conversationId, deviceId });
const failing = (retryAfter = 0) => vi.fn<Attempt>(async () => ({ retryAfter }));

test('a failed push is retried after increasing delays, and dropped after the last one', async () => {
  const queue = new PushQueue();
  const attempt = failing();
  queue.add(push('a'), attempt);
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
  queue.add(push('long'), long);
  queue.add(push('endless'), endless);
  queue.add(push('throwing'), throwing);
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
  queue.add(push('a'), first);
  await settle();
  queue.add(push('a'), second);
  expect(queue.size).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([first.mock.calls.length, second.mock.calls.length, queue.size]).toEqual([1, 1, 0]);
});

/** Attempts that run until they are ended; `begun` lists them by name. */
function endless() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const attempt =
    (name: string): Attempt =>
    async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return undefined;
    };
  const endNext = async () => {
    ends.shift()?.();
    await settle();
  };
  return { begun, attempt, endNext };
}

test('four pushes run at once, and a waiting push keeps its place when a new one replaces it', async () => {
  const queue = new PushQueue();
  const { begun, attempt, endNext } = endless();
  for (let n = 0; n < 7; n++) queue.add(push(`d${n}`), attempt(`d${n}`));
  queue.add(push('d4'), attempt('d4 again'));
  await settle();
  expect([begun, queue.size]).toEqual([['d0', 'd1', 'd2', 'd3'], 3]);
  for (let n = 0; n < 3; n++) await endNext();
  expect(begun.slice(4)).toEqual(['d4 again', 'd5', 'd6']);
});

test('conversations take turns, so a push of two people does not wait for those of a group', async () => {
  const queue = new PushQueue();
  const { begun, attempt, endNext } = endless();
  for (let n = 0; n < 63; n++) queue.add(push(`d${n}`, 'group'), attempt(`group ${n}`));
  queue.add(push('phone', 'pair'), attempt('pair'));
  await settle();
  for (let n = 0; n < 2; n++) await endNext();
  expect(begun.slice(4)).toEqual(['group 4', 'pair']);
});

test('a full queue drops the oldest push of the conversation that has the most', async () => {
  const queue = new PushQueue();
  const { begun, attempt, endNext } = endless();
  for (let n = 0; n < 3; n++) queue.add(push(`e${n}`, 'pair'), attempt(`pair ${n}`));
  for (let n = 0; n < 4004; n++) queue.add(push(`d${n}`, 'group'), attempt(`group ${n}`));
  await settle();
  expect(queue.size).toBe(4000);
  for (let n = 0; n < 3; n++) await endNext();
  expect(begun).toEqual(['pair 0', 'pair 1', 'pair 2', 'group 0', 'group 4', 'group 5', 'group 6']);
});

test('a closed queue sends nothing more', async () => {
  const queue = new PushQueue();
  const attempt = failing();
  queue.add(push('a'), attempt);
  await settle();
  queue.close();
  queue.add(push('b'), attempt);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(attempt.mock.calls.length).toBe(1);
});
