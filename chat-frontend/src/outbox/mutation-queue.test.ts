import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import { type KeyValueStore, memoryKeyValueStore } from '../key-value-store.ts';
import { wipeAccountKeys } from '../local-db/account-keys.ts';
import type { PendingMutation } from '../state/pending.ts';
import { createMutationQueue, createUndoableDeletions, UNDO_MS } from './mutation-queue.ts';

const at = { conversationId: 'c', seq: 3 };
const edit = (text: string) => ({ kind: 'edit', text }) as const;

function open(keyValueStore: KeyValueStore = memoryKeyValueStore()) {
  const time = fakeClock();
  const world = {
    isOffline: false,
    answer: Promise.resolve(),
    refuse: '' as ApiErrorCode | '',
    applied: [] as string[],
    shown: [] as PendingMutation[],
    refused: [] as ApiErrorCode[],
  };
  const queue = createMutationQueue('me', {
    keyValueStore,
    clock: time.clock,
    isOffline: () => world.isOffline,
    async apply({ seq }, mutation) {
      await world.answer;
      world.applied.push(`${seq} ${mutation.kind} ${'text' in mutation ? mutation.text : ''}`.trim());
      if (world.refuse) throw new ApiError(world.refuse);
    },
    onChange: (list) => {
      world.shown = list;
    },
    onRefused: (code) => world.refused.push(code),
    random: () => 0,
  });
  return { queue, time, world, keyValueStore };
}
const shownOf = ({ shown }: { shown: PendingMutation[] }) =>
  shown.map((change) => [change.seq, change.kind, 'text' in change ? change.text : '', change.failed]);

test('a mutation is carried out at once while the server answers', async () => {
  const { queue, world } = open();
  await queue.add(at, edit('baru'));
  expect([world.applied, world.shown]).toEqual([['3 edit baru'], []]);
});

test('a mutation made offline waits without an attempt, survives a reload, and is carried out when the server is back', async () => {
  const { queue, world, keyValueStore } = open();
  world.isOffline = true;
  await queue.add(at, edit('baru'));
  await queue.add({ ...at, seq: 4 }, { kind: 'everyone' });
  expect([world.applied, shownOf(world)]).toEqual([
    [],
    [
      [3, 'edit', 'baru', undefined],
      [4, 'everyone', '', undefined],
    ],
  ]);
  const next = open(keyValueStore);
  next.queue.run();
  await next.time.pass(0);
  expect([next.world.applied, next.world.shown]).toEqual([['3 edit baru', '4 everyone'], []]);
});

test('the last mutation of a message replaces those before it', async () => {
  const { queue, world, time } = open();
  world.isOffline = true;
  await queue.add(at, edit('satu'));
  await queue.add(at, edit('dua'));
  await queue.add(at, { kind: 'me' });
  queue.run();
  await time.pass(0);
  expect(world.applied).toEqual(['3 me']);
});

test('a mutation that fails for now is stored and tried again with backoff', async () => {
  const { queue, world, time } = open();
  queue.run();
  world.refuse = 'CIPHER_UNAVAILABLE';
  await queue.add(at, edit('baru'));
  expect(shownOf(world)).toEqual([[3, 'edit', 'baru', undefined]]);
  await time.pass(60_000);
  expect(world.applied.length).toBeGreaterThan(2);
  world.refuse = '';
  queue.retryNow();
  await time.pass(0);
  expect(world.shown).toEqual([]);
});

test('a refusal for good is reported at once, and the text of a queued edit stays until the person decides', async () => {
  const { queue, world, time } = open();
  queue.run();
  world.refuse = 'EDIT_TOO_LATE';
  await expect(queue.add(at, edit('baru'))).rejects.toMatchObject({ code: 'EDIT_TOO_LATE' });
  expect(world.shown).toEqual([]);

  world.isOffline = true;
  await queue.add(at, edit('baru'));
  await time.pass(0);
  expect(shownOf(world)).toEqual([[3, 'edit', 'baru', 'EDIT_TOO_LATE']]);
  queue.retryNow();
  await time.pass(600_000);
  expect(world.applied.length).toBe(2);
  queue.retry(at);
  await time.pass(0);
  expect([world.applied.length, shownOf(world)]).toEqual([3, [[3, 'edit', 'baru', 'EDIT_TOO_LATE']]]);
  queue.drop(at);
  expect(world.shown).toEqual([]);
});

test('a refused deletion is reported and dropped, and one of a deleted message counts as done', async () => {
  const { queue, world, time } = open();
  queue.run();
  world.isOffline = true;
  for (const code of ['MESSAGE_DELETED', 'NOT_MEMBER'] as const) {
    world.refuse = code;
    await queue.add(at, { kind: 'everyone' });
    await time.pass(0);
  }
  expect([world.applied.length, world.refused, world.shown]).toEqual([2, ['NOT_MEMBER'], []]);
});

test('a tab that does not lead leaves its mutations to the leading tab', async () => {
  const { queue, world, time, keyValueStore } = open();
  world.isOffline = true;
  await queue.add(at, edit('baru'));
  await time.pass(600_000);
  expect(world.applied).toEqual([]);
  const other = open(keyValueStore);
  other.queue.run();
  other.queue.pause();
  expect(other.queue.isKey(`bisik.me.change.c.3`)).toBe(true);
  await other.time.pass(0);
  queue.changedElsewhere();
  expect(world.shown).toEqual([]);
});

test.each(['edit', 'me', 'everyone'] as const)(
  'a mutation of kind %s that waits when the session ends is carried out after the next login',
  async (kind) => {
    const mutation = kind === 'edit' ? edit('baru') : ({ kind } as const);
    const { queue, world, time, keyValueStore } = open();
    world.isOffline = true;
    await queue.add(at, mutation);
    world.refuse = 'UNAUTHENTICATED';
    queue.run();
    await time.pass(0);
    expect([world.applied.length, world.refused, shownOf(world).length]).toEqual([1, [], 1]);
    queue.close();

    const next = open(keyValueStore);
    next.queue.run();
    await next.time.pass(0);
    expect([next.world.applied, next.world.shown]).toEqual([world.applied, []]);
  },
);

test('a mutation that is refused because the session has just ended is stored, and a closed queue stays silent', async () => {
  const { queue, world, keyValueStore } = open();
  queue.run();
  queue.close();
  world.refuse = 'UNAUTHENTICATED';
  await queue.add(at, { kind: 'me' });
  expect(world.shown).toEqual([]);
  expect(open(keyValueStore).queue.list()).toMatchObject([{ ...at, kind: 'me' }]);
});

test.each(['here', 'in another tab'])(
  'a mutation that is in flight during a logout %s and then fails is not stored after the wipe',
  async (where) => {
    const { queue, world, keyValueStore } = open();
    const answer = Promise.withResolvers<void>();
    world.answer = answer.promise;
    const adding = queue.add(at, edit('rahasia'));
    if (where === 'here') queue.close();
    wipeAccountKeys(keyValueStore, 'me');
    if (where !== 'here') queue.close();
    world.refuse = 'UNAUTHENTICATED';
    answer.resolve();
    await adding;
    expect(keyValueStore.keys()).toEqual([]);
  },
);

function openDeletions() {
  const time = fakeClock();
  const removed: number[] = [];
  const shown = { pendingDeletions: [] as string[], failures: [] as string[], refuse: false };
  const deletions = createUndoableDeletions({
    clock: time.clock,
    async remove({ seq }) {
      removed.push(seq);
      if (shown.refuse) throw new ApiError('NETWORK');
    },
    onChange: (ids) => {
      shown.pendingDeletions = ids;
    },
    onFailure: (code) => shown.failures.push(code),
  });
  const begin = (seq: number) => deletions.begin(`m${seq}`, { conversationId: 'c', seq });
  return { deletions, begin, time, removed, shown };
}

test('a message is hidden at once and deleted five seconds later', async () => {
  const { begin, time, removed, shown } = openDeletions();
  begin(3);
  expect(shown.pendingDeletions).toEqual(['m3']);
  await time.pass(UNDO_MS - 1);
  expect(removed).toEqual([]);
  await time.pass(1);
  expect(removed).toEqual([3]);
  expect(shown.pendingDeletions).toEqual([]);
});

test('a deletion that is undone in time is never sent, and can be begun again', async () => {
  const { deletions, begin, time, removed, shown } = openDeletions();
  begin(3);
  begin(4);
  await time.pass(1_000);
  deletions.undo('m3');
  expect(shown.pendingDeletions).toEqual(['m4']);
  await time.pass(60_000);
  expect(removed).toEqual([4]);
  begin(3);
  await time.pass(UNDO_MS);
  expect(removed).toEqual([4, 3]);
});

test('a second deletion of the same message, and an undo after it was carried out, change nothing', async () => {
  const { deletions, begin, time, removed } = openDeletions();
  begin(3);
  begin(3);
  await time.pass(UNDO_MS);
  deletions.undo('m3');
  await time.pass(60_000);
  expect(removed).toEqual([3]);
});

test('a page that closes carries out waiting deletions at once', async () => {
  const { deletions, begin, time, removed } = openDeletions();
  begin(3);
  begin(4);
  await deletions.finish();
  expect(removed).toEqual([3, 4]);
  await time.pass(60_000);
  expect(removed).toEqual([3, 4]);
});

test('a message that could not be deleted is shown again, with the reason', async () => {
  const { begin, time, shown } = openDeletions();
  shown.refuse = true;
  begin(3);
  await time.pass(UNDO_MS);
  expect(shown).toMatchObject({ pendingDeletions: [], failures: ['NETWORK'] });
});

test('what waits in a conversation that is gone is dropped, and a deletion that could be undone is not carried out', async () => {
  const { queue, world, time } = open();
  world.isOffline = true;
  await queue.add(at, edit('baru'));
  await queue.add({ conversationId: 'other', seq: 1 }, edit('tetap'));
  queue.forget(['c']);
  expect(shownOf(world)).toEqual([[1, 'edit', 'tetap', undefined]]);
  const removed: string[] = [];
  let hidden: string[] = [];
  const deletions = createUndoableDeletions({
    clock: time.clock,
    remove: async ({ conversationId }) => void removed.push(conversationId),
    onChange: (ids) => {
      hidden = ids;
    },
    onFailure: () => undefined,
  });
  deletions.begin('m1', at);
  deletions.begin('m2', { conversationId: 'other', seq: 1 });
  deletions.forget(['c']);
  expect(hidden).toEqual(['m2']);
  await time.pass(UNDO_MS);
  expect(removed).toEqual(['other']);
});
