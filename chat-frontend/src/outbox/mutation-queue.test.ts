import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError, type ApiErrorCode } from '../api/api-error.ts';
import { type KeyValueStore, memoryKeyValueStore } from '../key-value-store.ts';
import type { PendingMutation } from '../state/pending.ts';
import { createMutationQueue, createUndoableDeletions, UNDO_MS } from './mutation-queue.ts';

const at = { conversationId: 'c', seq: 3 };
const edit = (text: string) => ({ kind: 'edit', text }) as const;

function open(keyValueStore: KeyValueStore = memoryKeyValueStore()) {
  const time = fakeClock();
  const world = {
    away: false,
    refuse: '' as ApiErrorCode | '',
    applied: [] as string[],
    shown: [] as PendingMutation[],
    refused: [] as ApiErrorCode[],
  };
  const changes = createMutationQueue('me', {
    keyValueStore,
    clock: time.clock,
    isOffline: () => world.away,
    async apply({ seq }, wish) {
      world.applied.push(`${seq} ${wish.kind} ${'text' in wish ? wish.text : ''}`.trim());
      if (world.refuse) throw new ApiError(world.refuse);
    },
    onChange: (list) => {
      world.shown = list;
    },
    onRefused: (code) => world.refused.push(code),
    random: () => 0,
  });
  return { changes, time, world, keyValueStore };
}
const shownOf = ({ shown }: { shown: PendingMutation[] }) =>
  shown.map((change) => [change.seq, change.kind, 'text' in change ? change.text : '', change.failed]);

test('in touch with the box it is done at once, and nothing waits', async () => {
  const { changes, world } = open();
  await changes.add(at, edit('baru'));
  expect([world.applied, world.shown]).toEqual([['3 edit baru'], []]);
});

test('out of touch it waits without a try, outlives the page, and is done when the box is back', async () => {
  const { changes, world, keyValueStore } = open();
  world.away = true;
  await changes.add(at, edit('baru'));
  await changes.add({ ...at, seq: 4 }, { kind: 'everyone' });
  expect([world.applied, shownOf(world)]).toEqual([
    [],
    [
      [3, 'edit', 'baru', undefined],
      [4, 'everyone', '', undefined],
    ],
  ]);
  const later = open(keyValueStore);
  later.changes.run();
  await later.time.pass(0);
  expect([later.world.applied, later.world.shown]).toEqual([['3 edit baru', '4 everyone'], []]);
});

test('the last change of a message is the one that counts', async () => {
  const { changes, world, time } = open();
  world.away = true;
  await changes.add(at, edit('satu'));
  await changes.add(at, edit('dua'));
  await changes.add(at, { kind: 'me' });
  changes.run();
  await time.pass(0);
  expect(world.applied).toEqual(['3 me']);
});

test('what fails for a while is kept and tried again, later and later', async () => {
  const { changes, world, time } = open();
  changes.run();
  world.refuse = 'CIPHER_UNAVAILABLE';
  await changes.add(at, edit('baru'));
  expect(shownOf(world)).toEqual([[3, 'edit', 'baru', undefined]]);
  await time.pass(60_000);
  expect(world.applied.length).toBeGreaterThan(2);
  world.refuse = '';
  changes.retryNow();
  await time.pass(0);
  expect(world.shown).toEqual([]);
});

test('what the box refuses for good is said at once; of what waited the text stays until somebody decides', async () => {
  const { changes, world, time } = open();
  changes.run();
  world.refuse = 'EDIT_TOO_LATE';
  await expect(changes.add(at, edit('baru'))).rejects.toMatchObject({ code: 'EDIT_TOO_LATE' });
  expect(world.shown).toEqual([]);

  world.away = true;
  await changes.add(at, edit('baru'));
  await time.pass(0);
  expect(shownOf(world)).toEqual([[3, 'edit', 'baru', 'EDIT_TOO_LATE']]);
  changes.retryNow();
  await time.pass(600_000);
  expect(world.applied.length).toBe(2);
  changes.retry(at);
  await time.pass(0);
  expect([world.applied.length, shownOf(world)]).toEqual([3, [[3, 'edit', 'baru', 'EDIT_TOO_LATE']]]);
  changes.drop(at);
  expect(world.shown).toEqual([]);
});

test('a deletion that is refused is told and forgotten; one of what is gone already is done', async () => {
  const { changes, world, time } = open();
  changes.run();
  world.away = true;
  for (const code of ['MESSAGE_DELETED', 'NOT_MEMBER'] as const) {
    world.refuse = code;
    await changes.add(at, { kind: 'everyone' });
    await time.pass(0);
  }
  expect([world.applied.length, world.refused, world.shown]).toEqual([2, ['NOT_MEMBER'], []]);
});

test('a tab that is not in the seat leaves it to the one that is', async () => {
  const { changes, world, time, keyValueStore } = open();
  world.away = true;
  await changes.add(at, edit('baru'));
  await time.pass(600_000);
  expect(world.applied).toEqual([]);
  const other = open(keyValueStore);
  other.changes.run();
  other.changes.pause();
  expect(other.changes.isKey(`bisik.me.change.c.3`)).toBe(true);
  await other.time.pass(0);
  changes.changedElsewhere();
  expect(world.shown).toEqual([]);
});

test.each(['edit', 'me', 'everyone'] as const)(
  'a mutation of kind %s that waits when the session ends is carried out after the next login',
  async (kind) => {
    const mutation = kind === 'edit' ? edit('baru') : ({ kind } as const);
    const { changes, world, time, keyValueStore } = open();
    world.away = true;
    await changes.add(at, mutation);
    world.refuse = 'UNAUTHENTICATED';
    changes.run();
    await time.pass(0);
    expect([world.applied.length, world.refused, shownOf(world).length]).toEqual([1, [], 1]);
    changes.close();

    const next = open(keyValueStore);
    next.changes.run();
    await next.time.pass(0);
    expect([next.world.applied, next.world.shown]).toEqual([world.applied, []]);
  },
);

test('a mutation that is refused because the session has just ended is stored, and a closed queue stays silent', async () => {
  const { changes, world, keyValueStore } = open();
  changes.run();
  changes.close();
  world.refuse = 'UNAUTHENTICATED';
  await changes.add(at, { kind: 'me' });
  expect(world.shown).toEqual([]);
  expect(open(keyValueStore).changes.list()).toMatchObject([{ ...at, kind: 'me' }]);
});

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
