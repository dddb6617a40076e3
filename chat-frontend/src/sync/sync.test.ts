import { expect, test } from 'vitest';
import type { Activity, Delta } from '../../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { SyncAnswer, SyncRequest } from '../api/api.ts';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import type { ConnectionStatus } from '../state/connection-status.ts';
import { createSync, type Position } from './sync.ts';

type Turn = SyncAnswer | ApiErrorCode | Promise<SyncAnswer>;

function openSync(script: Turn[] = []) {
  const time = fakeClock();
  const server = {
    activity: 'active' as Activity,
    online: true,
    cursors: [] as (string | null)[],
    asks: [] as SyncRequest[],
    applied: [] as string[],
    nothing: [] as number[],
  };
  const position: Position = { cursor: null };
  const statuses: ConnectionStatus[] = [];
  const sync = createSync({
    position,
    clock: time.clock,
    activity: () => server.activity,
    online: () => server.online,
    random: () => 0.5,
    onDelta: (delta) => server.applied.push(delta.cursor),
    onUnchanged: () => server.nothing.push(server.asks.length),
    onStatus: (status) => statuses.at(-1) !== status && statuses.push(status),
    poll(ask) {
      server.cursors.push(ask.cursor);
      server.asks.push(ask);
      const turn = script.shift() ?? { pollAfterMs: 4_000 };
      if (typeof turn === 'string') throw new ApiError(turn, turn === 'NETWORK' ? 0 : 503);
      return Promise.race([turn, ended(ask.signal)]);
    },
  });
  return { sync, position, server, statuses, time, script };
}

/** As `fetch` does: rejects when the signal does. */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timedOut = () => signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
    signal.addEventListener('abort', () => reject(new ApiError(timedOut() ? 'TIMEOUT' : 'NETWORK')));
  });
}

/** A poll that the server holds until the test answers it, if ever. */
const held = () => Promise.withResolvers<SyncAnswer>();

const delta = (cursor: string, more: Partial<Delta> = {}, pollAfterMs = 4_000): SyncAnswer => ({
  delta: { cursor, pollAfterMs, ...more },
  pollAfterMs,
});

test('it polls at the interval the server asks for, with the cursor of the last delta', async () => {
  const { sync, server, time } = openSync([delta('a'), { pollAfterMs: 2_000 }, delta('b')]);
  sync.setLeader(true);
  await time.pass(3_999);
  expect(server.cursors).toEqual([null]);
  await time.pass(1);
  expect(server.cursors).toEqual([null, 'a']);
  await time.pass(2_000);
  expect(server.cursors).toEqual([null, 'a', 'a']);
  await time.pass(4_000);
  expect(server.cursors.at(-1)).toBe('b');
});

test('a delta with more to come is followed at once', async () => {
  const { sync, server, time } = openSync([
    delta('a', { more: true }),
    delta('b', { more: true }),
    delta('c'),
  ]);
  sync.setLeader(true);
  await time.settle();
  expect(server.applied).toEqual(['a', 'b', 'c']);
});

test('the cursor does not move past a delta that could not be applied', async () => {
  const { sync, position, server, time } = openSync([delta('a')]);
  server.applied.push = () => {
    throw new Error('broken');
  };
  sync.setLeader(true);
  await time.settle();
  expect(position.cursor).toBeNull();
  await time.pass(1_000);
  expect(server.cursors).toEqual([null, null]);
});

test('a stored state is resumed by a poll that is not held, which says that nothing is missing; the next one is held', async () => {
  const { sync, server, time } = openSync([{ pollAfterMs: 4_000 }, held().promise]);
  sync.resume('stored');
  sync.setLeader(true);
  await time.settle();
  await time.pass(1);
  expect(server.cursors).toEqual(['stored', 'stored']);
  expect(server.asks).toMatchObject([{ wait: 0 }, { wait: 25 }]);
  expect(server.nothing).toEqual([1]);
});

test('a held poll is followed at once by the next, and each carries the activity of the person', async () => {
  const first = held();
  const { sync, server, time } = openSync([first.promise, { pollAfterMs: 60_000 }]);
  sync.setLeader(true);
  await time.pass(20_000);
  expect(server.asks).toMatchObject([{ wait: 25, activity: 'active' }]);
  server.activity = 'idle';
  first.resolve({ pollAfterMs: 0 });
  await time.pass(1);
  expect(server.asks.slice(1)).toMatchObject([{ wait: 25, activity: 'idle' }]);
  await time.pass(59_000);
  expect(server.asks).toHaveLength(2);
  await time.pass(1_000);
  expect(server.asks).toHaveLength(3);
});

test('a person who becomes active again is polled for at once, whether the last poll is held or still to come', async () => {
  const { sync, server, time } = openSync([held().promise, { pollAfterMs: 60_000 }]);
  server.activity = 'idle';
  sync.setLeader(true);
  await time.settle();
  server.activity = 'active';
  await sync.poll();
  expect(server.asks.map(({ activity, signal }) => [activity, signal.aborted])).toEqual([
    ['idle', true],
    ['active', false],
  ]);
  await sync.poll();
  expect(server.asks).toHaveLength(3);
});

test('a hidden page abandons its held poll, sends short ones at the hidden interval, and is held again when it is visible', async () => {
  const { sync, server, statuses, time } = openSync([held().promise, { pollAfterMs: 60_000 }]);
  sync.setLeader(true);
  await time.pass(20_000);
  server.activity = 'hidden';
  await sync.poll();
  await time.pass(60_000);
  server.activity = 'active';
  await sync.poll();
  expect(server.asks.map(({ activity, wait, signal }) => [activity, wait, signal.aborted])).toEqual([
    ['active', 25, true],
    ['hidden', 0, false],
    ['hidden', 0, false],
    ['active', 25, false],
  ]);
  expect(statuses).toEqual(['ok']);
});

test('an abandoned poll is no failure', async () => {
  const { sync, server, statuses, time } = openSync([held().promise, held().promise, delta('b')]);
  sync.setLeader(true);
  void sync.pollAgain();
  await time.settle();
  await sync.pollAgain();
  expect(server.asks.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  expect(server.applied).toEqual(['b']);
  await time.pass(4_000);
  expect(server.cursors).toEqual([null, null, null, 'b']);
  expect(statuses).toEqual(['ok']);
});

test('the answer of a poll that is abandoned too late counts, and the next one goes on from there', async () => {
  const first = held();
  const { sync, server } = openSync([first.promise, delta('b')]);
  sync.setLeader(true);
  first.resolve(delta('a'));
  await sync.pollAgain();
  expect(server.cursors).toEqual([null, 'a']);
  expect(server.applied).toEqual(['a', 'b']);
});

test('a held poll without an answer 15 seconds after its time has failed, and is tried again', async () => {
  const { sync, server, statuses, time } = openSync([held().promise]);
  sync.setLeader(true);
  await time.pass(39_999);
  expect(server.asks[0]?.signal.aborted).toBe(false);
  await time.pass(1);
  expect(server.asks[0]?.signal.aborted).toBe(true);
  await time.pass(999);
  expect(server.asks).toHaveLength(1);
  await time.pass(1);
  expect(server.asks).toHaveLength(2);
  expect(statuses).toEqual(['ok']);
});

test('an answered poll is not ended by the time it was given', async () => {
  const { sync, server, time } = openSync([delta('a', {}, 100_000)]);
  sync.setLeader(true);
  await time.pass(90_000);
  expect(server.asks.map(({ signal }) => signal.aborted)).toEqual([false]);
});

test('a tab that only catches up is not held, and waits 15 seconds at most', async () => {
  const { sync, server, time } = openSync([held().promise]);
  void sync.poll();
  await time.pass(15_000);
  expect(server.asks).toMatchObject([{ wait: 0, signal: { aborted: true } }]);
});

test('a tab that loses the lead, or closes, abandons its held poll', async () => {
  const lost = openSync([held().promise]);
  lost.sync.setLeader(true);
  lost.sync.setLeader(false);
  await lost.time.pass(120_000);
  expect(lost.server.asks.map(({ signal }) => signal.aborted)).toEqual([true]);

  const left = openSync([held().promise]);
  left.sync.setLeader(true);
  left.sync.close();
  await left.time.pass(120_000);
  expect(left.server.asks.map(({ signal }) => signal.aborted)).toEqual([true]);
  expect(left.statuses).toEqual([]);
});

test('a lead that is lost and won again in the same moment is polled from', async () => {
  const { sync, server, time } = openSync([held().promise]);
  sync.setLeader(true);
  sync.setLeader(false);
  sync.setLeader(true);
  await time.pass(4_000);
  expect(server.asks.map(({ signal, wait }) => [signal.aborted, wait])).toEqual([
    [true, 25],
    [false, 25],
    [false, 25],
  ]);
});

test('only one poll is under way at a time', async () => {
  const { sync, server, time } = openSync();
  sync.setLeader(true);
  await Promise.all([sync.poll(), sync.poll(), sync.poll()]);
  expect(server.cursors).toHaveLength(1);
  await time.pass(4_000);
  expect(server.cursors).toHaveLength(2);
});

test('a fresh poll begins after the call, in place of the one under way', async () => {
  const { sync, server, time } = openSync([held().promise, delta('b')]);
  const first = sync.poll();
  await Promise.all([first, sync.pollAgain()]);
  expect(server.applied).toEqual(['b']);
  await time.pass(60_000);
  expect(server.cursors).toHaveLength(2);
});

test('it backs off while the server does not answer, and then returns to its interval', async () => {
  const { sync, server, time } = openSync(['NETWORK', 'NETWORK', 'NETWORK']);
  sync.setLeader(true);
  await time.pass(999);
  expect(server.cursors).toHaveLength(1);
  await time.pass(1);
  expect(server.cursors).toHaveLength(2);
  await time.pass(2_000);
  expect(server.cursors).toHaveLength(3);
  await time.pass(4_000);
  expect(server.cursors).toHaveLength(4);
  await time.pass(3_999);
  expect(server.cursors).toHaveLength(4);
});

test('one failed poll does not change the status; five seconds of them do', async () => {
  const brief = openSync(['NETWORK']);
  brief.sync.setLeader(true);
  await brief.time.pass(20_000);
  expect(brief.statuses).toEqual(['ok']);

  const long = openSync(Array<ApiErrorCode>(10).fill('NETWORK'));
  long.sync.setLeader(true);
  await long.time.pass(4_999);
  expect(long.statuses).toEqual([]);
  await long.time.pass(1);
  expect(long.statuses).toEqual(['unreachable']);
  await long.time.pass(200_000);
  expect(long.statuses).toEqual(['unreachable', 'ok']);
});

test('after a failure the next poll is not held, and the one after its answer is', async () => {
  const { sync, server, time } = openSync(['NETWORK', 'NETWORK', delta('a', {}, 500)]);
  sync.setLeader(true);
  await time.pass(10_000);
  expect(server.asks.map(({ wait }) => wait).slice(0, 4)).toEqual([25, 0, 0, 25]);
});

test('the status follows the cause when it changes', async () => {
  const { sync, statuses, time } = openSync([
    'NETWORK',
    'NETWORK',
    'NETWORK',
    'CIPHER_UNAVAILABLE',
    'NETWORK',
  ]);
  sync.setLeader(true);
  await time.pass(6_900);
  expect(statuses).toEqual(['unreachable']);
  await time.pass(200);
  expect(statuses).toEqual(['unreachable', 'cipher']);
});

test('while the token ends no poll runs or starts, and the next one comes with the new token', async () => {
  const { sync, server, time } = openSync([held().promise]);
  sync.setLeader(true);
  await time.settle();
  const ended = Promise.withResolvers<void>();
  const done = sync.withoutPolling(() => ended.promise);
  expect(server.asks.at(-1)?.signal.aborted).toBe(true);
  await sync.poll();
  await sync.pollAgain();
  await time.pass(60_000);
  expect(server.asks).toHaveLength(1);
  ended.resolve();
  await done;
  await time.settle();
  expect(server.asks).toHaveLength(2);

  await expect(sync.withoutPolling(() => Promise.reject(new ApiError('NETWORK')))).rejects.toThrow();
  await time.settle();
  expect(server.asks).toHaveLength(3);
  // Logged out: none comes any more.
  await sync.withoutPolling(async () => sync.close());
  await time.pass(60_000);
  expect(server.asks).toHaveLength(3);
});

test('a tab that loses the lead before it was answered asks once more, not held', async () => {
  const { sync, server, time } = openSync([held().promise, delta('a')]);
  sync.setLeader(true);
  await time.settle();
  sync.setLeader(false);
  sync.catchUp();
  await time.settle();
  expect([server.asks.map(({ wait }) => wait), server.applied]).toEqual([[25, 0], ['a']]);
  await time.pass(60_000);
  expect(server.asks.length).toBe(2);
});

test('a tab that loses the lead after it was answered asks for nothing more', async () => {
  const { sync, server, time } = openSync([delta('a', {}, 0), held().promise]);
  sync.setLeader(true);
  await time.pass(1_000);
  sync.setLeader(false);
  sync.catchUp();
  await time.pass(60_000);
  expect(server.cursors).toEqual([null, 'a']);
});

test('a tab that loses the lead in the middle of a long delta reads the rest', async () => {
  const { sync, server, time } = openSync([delta('a', { more: true }), held().promise, delta('b')]);
  sync.setLeader(true);
  await time.pass(1_000);
  sync.setLeader(false);
  sync.catchUp();
  await time.settle();
  expect(server.applied).toEqual(['a', 'b']);
});

test('a leading tab that did not apply the delta of another asks for it when it loses the lead', async () => {
  const { sync, server, time } = openSync([delta('a', {}, 0), held().promise, delta('b')]);
  sync.setLeader(true);
  await time.pass(1_000);
  sync.missedDelta();
  sync.setLeader(false);
  sync.catchUp();
  await time.settle();
  expect(server.applied).toEqual(['a', 'b']);
});
