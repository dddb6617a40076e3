import { expect, test } from 'vitest';
import type { Delta } from '../../chat-core/src/wire.ts';
import { fakeClock } from '../test/support/fake-clock.ts';
import { ApiFailure, type FailureCode, type SyncAnswer } from './api.ts';
import type { Link } from './state.ts';
import { createSync, linkOf } from './sync.ts';

type Turn = SyncAnswer | FailureCode | Promise<SyncAnswer>;

function openSync(script: Turn[] = []) {
  const time = fakeClock();
  const room = { visible: true, online: true, asked: [] as (string | null)[], applied: [] as string[] };
  const links: Link[] = [];
  const sync = createSync({
    clock: time.clock,
    visible: () => room.visible,
    online: () => room.online,
    random: () => 0.5,
    onDelta: (delta) => room.applied.push(delta.cursor),
    onLink: (link) => links.at(-1) !== link && links.push(link),
    async poll(cursor) {
      room.asked.push(cursor);
      const turn = script.shift() ?? { pollAfterMs: 4_000 };
      if (typeof turn === 'string') throw new ApiFailure(turn, turn === 'NETWORK' ? 0 : 503);
      return turn;
    },
  });
  return { sync, room, links, time, script };
}

const delta = (cursor: string, more: Partial<Delta> = {}): SyncAnswer => ({
  delta: { cursor, pollAfterMs: 4_000, ...more },
  pollAfterMs: 4_000,
});

test('polls at the pace the box asks for, with the cursor of the last delta', async () => {
  const { sync, room, time } = openSync([delta('a'), { pollAfterMs: 2_000 }, delta('b')]);
  sync.lead(true);
  await time.pass(3_999);
  expect(room.asked).toEqual([null]);
  await time.pass(1);
  expect(room.asked).toEqual([null, 'a']);
  await time.pass(2_000);
  expect(room.asked).toEqual([null, 'a', 'a']);
  await time.pass(4_000);
  expect(room.asked.at(-1)).toBe('b');
});

test('a delta with more to come is followed at once', async () => {
  const { sync, room, time } = openSync([delta('a', { more: true }), delta('b', { more: true }), delta('c')]);
  sync.lead(true);
  await time.settle();
  expect(room.applied).toEqual(['a', 'b', 'c']);
});

test('the cursor does not move past a delta that could not be applied', async () => {
  const { sync, room, time } = openSync([delta('a')]);
  room.applied.push = () => {
    throw new Error('broken');
  };
  sync.lead(true);
  await time.settle();
  expect(sync.cursor()).toBeNull();
  await time.pass(1_000);
  expect(room.asked).toEqual([null, null]);
});

test('a hidden tab polls once a minute, and at once when it is looked at', async () => {
  const { sync, room, time } = openSync();
  room.visible = false;
  sync.lead(true);
  await time.pass(59_000);
  expect(room.asked).toHaveLength(1);
  room.visible = true;
  await sync.now();
  expect(room.asked).toHaveLength(2);
});

test('only one poll is under way at a time', async () => {
  const { sync, room, time } = openSync();
  sync.lead(true);
  await Promise.all([sync.now(), sync.now(), sync.now()]);
  expect(room.asked).toHaveLength(1);
  await time.pass(4_000);
  expect(room.asked).toHaveLength(2);
});

test('a fresh poll begins after the call, even when one is under way', async () => {
  const slow = Promise.withResolvers<SyncAnswer>();
  const { sync, room, time } = openSync([slow.promise, delta('b')]);
  const first = sync.now();
  const fresh = sync.fresh();
  slow.resolve(delta('a'));
  await Promise.all([first, fresh]);
  expect(room.applied).toEqual(['a', 'b']);
  await time.pass(60_000);
  expect(room.asked).toHaveLength(2);
});

test('backs off while the box does not answer, and returns to its pace', async () => {
  const { sync, room, time } = openSync(['NETWORK', 'NETWORK', 'NETWORK']);
  sync.lead(true);
  await time.pass(999);
  expect(room.asked).toHaveLength(1);
  await time.pass(1);
  expect(room.asked).toHaveLength(2);
  await time.pass(2_000);
  expect(room.asked).toHaveLength(3);
  await time.pass(4_000);
  expect(room.asked).toHaveLength(4);
  await time.pass(3_999);
  expect(room.asked).toHaveLength(4);
});

test('one missed poll is no news; five seconds of them are', async () => {
  const brief = openSync(['NETWORK']);
  brief.sync.lead(true);
  await brief.time.pass(20_000);
  expect(brief.links).toEqual(['ok']);

  const long = openSync(Array<FailureCode>(10).fill('NETWORK'));
  long.sync.lead(true);
  await long.time.pass(4_999);
  expect(long.links).toEqual([]);
  await long.time.pass(1);
  expect(long.links).toEqual(['unreachable']);
  await long.time.pass(200_000);
  expect(long.links).toEqual(['unreachable', 'ok']);
});

test('the banner follows the trouble when it changes', async () => {
  const { sync, links, time } = openSync(['NETWORK', 'NETWORK', 'NETWORK', 'CIPHER_UNAVAILABLE', 'NETWORK']);
  sync.lead(true);
  await time.pass(6_900);
  expect(links).toEqual(['unreachable']);
  await time.pass(200);
  expect(links).toEqual(['unreachable', 'cipher']);
});

test('tells the own network, the way to the box, the box and its cipher apart', () => {
  expect(linkOf(new ApiFailure('NETWORK'), false)).toBe('offline');
  expect(linkOf(new ApiFailure('NETWORK'), true)).toBe('unreachable');
  expect(linkOf(new ApiFailure('TIMEOUT'), true)).toBe('unreachable');
  expect(linkOf(new ApiFailure('UNKNOWN', 530), true)).toBe('unreachable');
  expect(linkOf(new ApiFailure('INTERNAL', 500), true)).toBe('trouble');
  expect(linkOf(new ApiFailure('CIPHER_UNAVAILABLE', 503), true)).toBe('cipher');
});

test('an unreadable cursor is dropped for a fresh start', async () => {
  const { sync, room, time } = openSync([delta('a'), 'INVALID_CURSOR', delta('b', { reset: true })]);
  sync.lead(true);
  await time.pass(6_000);
  expect(room.asked.slice(0, 3)).toEqual([null, 'a', null]);
});

test('a tab that gave up the seat, or was stopped, polls no more', async () => {
  const { sync, room, time } = openSync();
  sync.lead(true);
  await time.settle();
  sync.lead(false);
  await time.pass(120_000);
  expect(room.asked).toHaveLength(1);
  sync.stop();
  await sync.now();
  expect(room.asked).toHaveLength(1);
});
