import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeLocalDb } from '../../test/support/fake-local-db.ts';
import { type KeyValueStore, keysOf, memoryKeyValueStore } from '../key-value-store.ts';
import type { OutboxEntry } from '../state/pending.ts';
import { createOutboxStore, type OutboxStoreChange } from './outbox-store.ts';

const { settle } = fakeClock();
const outboxKeys = (keyValueStore: KeyValueStore) => keysOf(keyValueStore, 'bisik.me.outbox.');
const entry = (id: string, order = 1): OutboxEntry => ({
  id,
  conversationId: 'c1',
  text: `text ${id}`,
  at: 1,
  order,
});

/** A tab with a database; its notes go to the tabs that are connected to it. */
function openTab(local = fakeLocalDb(), keyValueStore = memoryKeyValueStore()) {
  const notes: OutboxStoreChange[] = [];
  const listeners: ((note: OutboxStoreChange) => void)[] = [(note) => notes.push(note)];
  const outboxStore = createOutboxStore(keyValueStore, 'me', (note) => {
    for (const listen of listeners) listen(note);
  });
  void outboxStore.use(local.db);
  const ids = () => outboxStore.entries().map(({ id }) => id);
  return {
    ...local,
    keyValueStore,
    outboxStore,
    ids,
    notes,
    connect: (tab: typeof outboxStore) => listeners.push(tab.apply),
  };
}

test('a message is shown at once, and counts as stored when it is in the database', async () => {
  const { db, outboxStore, ids, notes } = openTab();
  const writing = Promise.withResolvers<void>();
  db.putEntry = () => writing.promise;
  const stored: string[] = [];
  outboxStore.write(entry('a'), () => stored.push('a'));
  expect(ids()).toEqual(['a']);
  await settle();
  expect([stored, notes, outboxStore.isStored('a')]).toEqual([[], [], false]);
  writing.resolve();
  await settle();
  expect([stored, notes, outboxStore.isStored('a')]).toEqual([['a'], [{ put: entry('a') }], true]);
});

test('messages in the key-value store are moved to the database in their order', async () => {
  const keyValueStore = memoryKeyValueStore();
  const before = createOutboxStore(keyValueStore, 'me', () => undefined);
  before.write(entry('b', 2));
  before.write(entry('a', 1));
  const { ids, disk } = openTab(fakeLocalDb(), keyValueStore);
  expect(ids()).toEqual(['a', 'b']);
  await settle();
  expect(ids()).toEqual(['a', 'b']);
  expect(disk.entries.map(({ id }) => id).sort()).toEqual(['a', 'b']);
  expect(outboxKeys(keyValueStore)).toEqual([]);
});

test('the database counts as in use once the messages of the key-value store are in it', async () => {
  const keyValueStore = memoryKeyValueStore();
  const outboxStore = createOutboxStore(keyValueStore, 'me', () => undefined);
  outboxStore.write(entry('a'));
  const { db } = fakeLocalDb();
  const writing = Promise.withResolvers<void>();
  db.putEntry = () => writing.promise;
  const stored: boolean[] = [];
  void outboxStore.use(db).then(() => stored.push(outboxStore.isStored('a')));
  await settle();
  expect([stored, outboxStore.isStored('a')]).toEqual([[], false]);
  writing.resolve();
  await settle();
  expect(stored).toEqual([true]);
});

test('a message that the database refuses is in the key-value store, and counts as stored', async () => {
  const { disk, outboxStore, ids, keyValueStore } = openTab();
  disk.isFull = true;
  outboxStore.write(entry('a', 1));
  await settle();
  expect([ids(), outboxKeys(keyValueStore), outboxStore.isStored('a')]).toEqual([
    ['a'],
    ['bisik.me.outbox.a'],
    true,
  ]);
  outboxStore.drop('a');
  expect([ids(), outboxKeys(keyValueStore)]).toEqual([[], []]);
});

test('a message that is deleted before it was stored does not come back in any tab', async () => {
  const { db, outboxStore, ids, notes, keyValueStore } = openTab();
  const writing = Promise.withResolvers<void>();
  db.putEntry = () => writing.promise;
  outboxStore.write(entry('a'));
  outboxStore.drop('a');
  writing.reject(new DOMException('full', 'QuotaExceededError'));
  await settle();
  expect([ids(), outboxKeys(keyValueStore), notes]).toEqual([[], [], [{ drop: 'a' }]]);
});

test('what one tab writes or drops the others write or drop', async () => {
  const local = fakeLocalDb();
  const [first, second] = [openTab(local), openTab(local)];
  first.connect(second.outboxStore);
  first.outboxStore.write(entry('a'));
  await settle();
  expect(second.ids()).toEqual(['a']);
  first.outboxStore.drop('a');
  expect(second.ids()).toEqual([]);
});

test('a message that one tab drops while another writes that it has failed comes back in neither, nor in the database', async () => {
  const local = fakeLocalDb();
  const stored = async () => (await local.db.outboxEntries()).map(({ id }) => id);
  const [writer, other] = [openTab(local), openTab(local)];
  writer.connect(other.outboxStore);
  writer.outboxStore.write(entry('a'));
  await settle();
  expect([other.ids(), await stored()]).toEqual([['a'], ['a']]);
  // The note of the drop arrives when the failure is written already.
  other.outboxStore.drop('a');
  await settle();
  expect(await stored()).toEqual([]);
  writer.outboxStore.write({ ...entry('a'), failed: true, reason: 'NOT_MEMBER' });
  await settle();
  const note = other.notes.at(-1);
  expect(note).toEqual({ drop: 'a' });
  if (note) writer.outboxStore.apply(note);
  await settle();
  expect([writer.ids(), other.ids(), await stored()]).toEqual([[], [], []]);
});

test('a suspended tab reads the database again, and changes made meanwhile are not undone', async () => {
  const { db, outboxStore, ids } = openTab();
  outboxStore.write(entry('gone', 1));
  await settle();
  await db.dropEntry('gone');
  await db.putEntry(entry('new', 2));
  await db.putEntry(entry('dropped', 3));
  const reading = outboxStore.reread();
  outboxStore.write(entry('now', 4));
  outboxStore.drop('dropped');
  await reading;
  expect(ids()).toEqual(['new', 'now']);
});

test('a tab reads the messages of a page before it', async () => {
  const local = fakeLocalDb();
  openTab(local).outboxStore.write(entry('a'));
  await settle();
  const next = openTab(local);
  await next.outboxStore.reread();
  expect(next.ids()).toEqual(['a']);
});
