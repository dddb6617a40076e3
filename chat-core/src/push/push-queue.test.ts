import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Attempt, type PushKey, PushQueue } from './push-queue.ts';
import { PushSlots } from './push-slots.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const KNOWN = 'push.known';
const settle = () => vi.advanceTimersByTimeAsync(0);
const push = (deviceId: string, more: Partial<PushKey> = {}): PushKey => ({
  accountId: `account of ${deviceId}`,
  conversationId: 'c',
  deviceId,
  host: KNOWN,
  ...more,
});
const failing = (retryAfter = 0) => vi.fn<Attempt>(async () => ({ hasAnswered: true, retryAfter }));
const openQueue = () => new PushQueue(new PushSlots({ isKnown: (host) => host === KNOWN }));

test('a failed push is retried after increasing delays, and dropped after the last one', async () => {
  const queue = openQueue();
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

test('a push service that asks for a longer delay gets it up to a limit; a push that cannot be built is retried', async () => {
  const queue = openQueue();
  const [long, endless] = [failing(30), failing(1_000_000)];
  const throwing = vi.fn<Attempt>(async () => Promise.reject(new Error('no database')));
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
  const queue = openQueue();
  const [first, second] = [failing(), vi.fn<Attempt>(async () => ({}))];
  queue.add(push('a'), first);
  await settle();
  queue.add(push('a'), second);
  expect(queue.size).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([first.mock.calls.length, second.mock.calls.length, queue.size]).toEqual([1, 1, 0]);
});

test('a push to a device that has moved to another push service does not wait for the old one', async () => {
  const queue = openQueue();
  const [first, second] = [failing(), vi.fn<Attempt>(async () => ({ hasAnswered: true }))];
  queue.add(push('a', { host: 'old.example' }), first);
  await settle();
  queue.add(push('a'), second);
  await settle();
  expect([first.mock.calls.length, second.mock.calls.length, queue.size]).toEqual([1, 1, 0]);
});

/** Attempts that run until they are ended, which hosts answer; `begun` lists them by name. */
function endless() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const attempt =
    (name: string): Attempt =>
    async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return { hasAnswered: true };
    };
  const endNext = async () => {
    ends.shift()?.();
    await settle();
  };
  return { begun, attempt, endNext };
}

test('six pushes of one host run at once, and a waiting push stays in its place when a new one replaces it', async () => {
  const queue = openQueue();
  const { begun, attempt, endNext } = endless();
  for (let n = 0; n < 9; n++) queue.add(push(`d${n}`), attempt(`d${n}`));
  queue.add(push('d6'), attempt('d6 again'));
  await settle();
  expect([begun, queue.size]).toEqual([['d0', 'd1', 'd2', 'd3', 'd4', 'd5'], 3]);
  for (let n = 0; n < 3; n++) await endNext();
  expect(begun.slice(6)).toEqual(['d6 again', 'd7', 'd8']);
});

test('conversations take turns, so a push of two people does not wait for those of a group', async () => {
  const queue = openQueue();
  const { begun, attempt, endNext } = endless();
  for (let n = 0; n < 63; n++) queue.add(push(`d${n}`, { conversationId: 'group' }), attempt(`group ${n}`));
  queue.add(push('phone', { conversationId: 'pair' }), attempt('pair'));
  await settle();
  for (let n = 0; n < 2; n++) await endNext();
  expect(begun.slice(6)).toEqual(['group 6', 'pair']);
});

test('accounts take turns and run two pushes at once, however many conversations and devices they have', async () => {
  const queue = openQueue();
  const { begun, attempt, endNext } = endless();
  for (let n = 0; n < 200; n++) {
    const key = { accountId: 'many', conversationId: `c${n}` };
    queue.add(push(`d${n % 10}`, key), attempt(`many ${n}`));
  }
  await settle();
  expect(begun).toEqual(['many 0', 'many 1']);
  queue.add(push('phone', { accountId: 'one', conversationId: 'pair' }), attempt('one'));
  await settle();
  expect(begun.slice(2)).toEqual(['one']);
  await endNext();
  expect(begun.slice(3)).toEqual(['many 2']);
});

test('the pushes of one account run at two a second on average, twenty at once at most', async () => {
  const queue = openQueue();
  const attempt = vi.fn<Attempt>(async () => ({ hasAnswered: true }));
  for (let n = 0; n < 100; n++)
    queue.add(push('phone', { accountId: 'many', conversationId: `c${n}` }), attempt);
  await settle();
  expect(attempt.mock.calls.length).toBe(20);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(attempt.mock.calls.length).toBe(40);
  const other = failing();
  queue.add(push('other'), other);
  await settle();
  expect(other.mock.calls.length).toBe(1);
});

test('pushes to hosts that never answer leave the slots of the others free, and these are tried again seldom', async () => {
  const queue = openQueue();
  const started: string[] = [];
  let running = 0;
  let mostRunning = 0;
  const silent =
    (host: string): Attempt =>
    async () => {
      started.push(host);
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      running -= 1;
      return { hasAnswered: false, retryAfter: 0 };
    };
  for (let account = 0; account < 20; account++) {
    for (let n = 0; n < 10; n++) {
      const host = `h${account}-${n}.example`;
      queue.add(push(`d${account}-${n}`, { accountId: `a${account}`, host }), silent(host));
    }
  }
  await settle();
  // The premise: attempts at the silent hosts run, and have not ended.
  expect(started).toHaveLength(2);
  const { begun, attempt } = endless();
  for (let n = 0; n < 6; n++) queue.add(push(`phone${n}`), attempt(`phone ${n}`));
  await settle();
  expect(begun).toHaveLength(6);
  await vi.advanceTimersByTimeAsync(3_600_000);
  // Each host rests 10 s, 1 min and 5 min, and a push that waited for a quarter of an hour is dropped.
  expect([queue.size, mostRunning]).toEqual([0, 2]);
});

test('pushes that waited for a host that did not answer are all sent once it answers', async () => {
  const queue = openQueue();
  let isUp = false;
  const attempts = Array.from({ length: 10 }, () =>
    vi.fn<Attempt>(async () => (isUp ? { hasAnswered: true } : { hasAnswered: false, retryAfter: 0 })),
  );
  attempts.forEach((attempt, n) => {
    queue.add(push(`d${n}`, { accountId: `a${n}` }), attempt);
  });
  await vi.advanceTimersByTimeAsync(60_000);
  const during = attempts.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  // Those that began before three had failed; then one after 10 s and one after a minute.
  expect(during).toBeLessThanOrEqual(10);
  isUp = true;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(queue.size).toBe(0);
  for (const attempt of attempts)
    await expect(attempt.mock.results.at(-1)?.value).resolves.toEqual({ hasAnswered: true });
});

test('a full queue drops pushes of the accounts that have the most, and none of an account with few', async () => {
  const queue = openQueue();
  const { begun, attempt, endNext } = endless();
  const few = (n: number) => ({ accountId: 'few', conversationId: `pair ${n}` });
  let largest = 0;
  for (let n = 0; n < 12; n++) queue.add(push('phone', few(n)), attempt(`few ${n}`));
  for (let n = 0; n < 5000; n++) {
    const key = { accountId: `many ${n % 2}`, conversationId: `group ${n}` };
    queue.add(push('desk', key), attempt('many'));
    largest = Math.max(largest, queue.size);
  }
  expect(largest).toBe(4000);
  await settle();
  for (let n = 0; n < 100; n++) {
    await endNext();
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(begun.filter((name) => name !== 'many')).toEqual(Array.from({ length: 12 }, (_, n) => `few ${n}`));
});

test('a full queue drops pushes to hosts that do not answer before any others', async () => {
  const queue = openQueue();
  const { begun, attempt, endNext } = endless();
  for (let n = 0; n < 50; n++)
    queue.add(push('phone', { accountId: 'one', conversationId: `pair ${n}` }), attempt(`one ${n}`));
  for (let n = 0; n < 4500; n++) {
    const key = { accountId: `a${n}`, conversationId: `c${n}`, host: `h${n}.example` };
    queue.add(push('desk', key), attempt('silent'));
  }
  await settle();
  expect(queue.size).toBeLessThanOrEqual(4000);
  for (let n = 0; n < 200; n++) {
    await endNext();
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(begun.filter((name) => name !== 'silent')).toHaveLength(50);
});

test('a closed queue sends nothing more', async () => {
  const queue = openQueue();
  const attempt = failing();
  queue.add(push('a'), attempt);
  await settle();
  queue.close();
  queue.add(push('b'), attempt);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(attempt.mock.calls.length).toBe(1);
});
