import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeLocalDb } from '../../test/support/fake-local-db.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import type { OutboxEntry } from '../state/pending.ts';
import { createOutboxStore, type OutboxStoreChange } from './outbox-store.ts';

const { settle } = fakeClock();
const entry = (id: string, order = 1): OutboxEntry => ({
  id,
  conversationId: 'c1',
  text: `text ${id}`,
  at: 1,
  order,
});

/** A tab of a browser with an archive; what it tells goes to the tabs that listen. */
function openTab(kept = fakeLocalDb(), keyValueStore = memoryKeyValueStore()) {
  const notes: OutboxStoreChange[] = [];
  const heard: ((note: OutboxStoreChange) => void)[] = [(note) => notes.push(note)];
  const unsent = createOutboxStore(keyValueStore, 'me', (note) => {
    for (const listen of heard) listen(note);
  });
  void unsent.use(kept.archive);
  const ids = () => unsent.entries().map(({ id }) => id);
  return {
    ...kept,
    keyValueStore,
    unsent,
    ids,
    notes,
    tellsTo: (tab: typeof unsent) => heard.push(tab.apply),
  };
}

test('a message shows at once, and counts as kept when the archive has it', async () => {
  const { archive, unsent, ids, notes } = openTab();
  const writing = Promise.withResolvers<void>();
  archive.putEntry = () => writing.promise;
  const kept: string[] = [];
  unsent.write(entry('a'), () => kept.push('a'));
  expect(ids()).toEqual(['a']);
  await settle();
  expect([kept, notes, unsent.isStored('a')]).toEqual([[], [], false]);
  writing.resolve();
  await settle();
  expect([kept, notes, unsent.isStored('a')]).toEqual([['a'], [{ put: entry('a') }], true]);
});

test('what the key-value store has is carried over, in its order, and is then in the archive alone', async () => {
  const keyValueStore = memoryKeyValueStore();
  const before = createOutboxStore(keyValueStore, 'me', () => undefined);
  before.write(entry('b', 2));
  before.write(entry('a', 1));
  const { ids, room } = openTab(fakeLocalDb(), keyValueStore);
  expect(ids()).toEqual(['a', 'b']);
  await settle();
  expect(ids()).toEqual(['a', 'b']);
  expect(room.put.map(({ id }) => id).sort()).toEqual(['a', 'b']);
  expect(keyValueStore.keys()).toEqual([]);
});

test('an archive counts as in use when it has what the key-value store had: nothing of it would wait unseen', async () => {
  const keyValueStore = memoryKeyValueStore();
  const unsent = createOutboxStore(keyValueStore, 'me', () => undefined);
  unsent.write(entry('a'));
  const { archive } = fakeLocalDb();
  const writing = Promise.withResolvers<void>();
  archive.putEntry = () => writing.promise;
  const kept: boolean[] = [];
  void unsent.use(archive).then(() => kept.push(unsent.isStored('a')));
  await settle();
  expect([kept, unsent.isStored('a')]).toEqual([[], false]);
  writing.resolve();
  await settle();
  expect(kept).toEqual([true]);
});

test('what the archive refuses goes on the key-value store, and counts as kept', async () => {
  const { room, unsent, ids, keyValueStore } = openTab();
  room.refuses = true;
  unsent.write(entry('a', 1));
  await settle();
  expect([ids(), keyValueStore.keys(), unsent.isStored('a')]).toEqual([['a'], ['bisik.me.outbox.a'], true]);
  unsent.drop('a');
  expect([ids(), keyValueStore.keys()]).toEqual([[], []]);
});

test('a message that is deleted before it was stored comes back neither here nor elsewhere', async () => {
  const { archive, unsent, ids, notes, keyValueStore } = openTab();
  const writing = Promise.withResolvers<void>();
  archive.putEntry = () => writing.promise;
  unsent.write(entry('a'));
  unsent.drop('a');
  writing.reject(new DOMException('full', 'QuotaExceededError'));
  await settle();
  expect([ids(), keyValueStore.keys(), notes]).toEqual([[], [], [{ drop: 'a' }]]);
});

test('what one tab writes and drops, the others have and have not', async () => {
  const kept = fakeLocalDb();
  const [first, second] = [openTab(kept), openTab(kept)];
  first.tellsTo(second.unsent);
  first.unsent.write(entry('a'));
  await settle();
  expect(second.ids()).toEqual(['a']);
  first.unsent.drop('a');
  expect(second.ids()).toEqual([]);
});

test('a tab that slept asks the archive, which does not undo what happens meanwhile', async () => {
  const { archive, unsent, ids } = openTab();
  unsent.write(entry('gone', 1));
  await settle();
  await archive.dropEntry('gone');
  await archive.putEntry(entry('new', 2));
  await archive.putEntry(entry('dropped', 3));
  const asking = unsent.reread();
  unsent.write(entry('now', 4));
  unsent.drop('dropped');
  await asking;
  expect(ids()).toEqual(['new', 'now']);
});

test('a tab reads what a page before it left', async () => {
  const kept = fakeLocalDb();
  openTab(kept).unsent.write(entry('a'));
  await settle();
  const later = openTab(kept);
  await later.unsent.reread();
  expect(later.ids()).toEqual(['a']);
});
