import { expect, test } from 'vitest';
import { chatId, me, start } from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeLocalDb } from '../../test/support/fake-local-db.ts';
import { keysOf, memoryKeyValueStore } from '../key-value-store.ts';
import { createStore } from '../state/store.ts';
import { createAccountStorage } from './account-storage.ts';
import type { LocalDb } from './local-db.ts';

/** A page whose database opens by `open`. */
function openPage(open: () => Promise<LocalDb | undefined>, keyValueStore = memoryKeyValueStore()) {
  const time = fakeClock();
  const store = createStore(() => undefined);
  let cursor: string | null = null;
  const tabs = { unsent: () => undefined, written: () => undefined };
  const deps = {
    store,
    keyValueStore,
    clock: time.clock,
    tabs,
    cursor: () => cursor,
    leads: () => true,
    open,
  };
  const storage = createAccountStorage(me.id, deps);
  function receive(): void {
    for (const event of start(3)) storage.store.dispatch(event);
    cursor = 'box.1.0';
  }
  return { storage, store, time, keyValueStore, receive };
}

test('a page continues from the snapshot of the page before it', async () => {
  const { db } = fakeLocalDb();
  const first = openPage(async () => db);
  expect(await first.storage.begin()).toBeNull();
  expect(first.store.get().ready).toBe(false);
  first.receive();
  await first.time.pass(300);

  const second = openPage(async () => db);
  expect(await second.storage.begin()).toBe('box.1.0');
  expect(second.store.get()).toMatchObject({
    ready: true,
    live: false,
    me,
    chats: { [chatId]: { lastSeq: 3 } },
  });
});

test('a message that is seen again causes no write', async () => {
  const { db, disk } = fakeLocalDb();
  const { storage, receive, time } = openPage(async () => db);
  await storage.begin();
  receive();
  const see = () => storage.store.dispatch({ type: 'seen', conversationId: chatId, seq: 3 });
  see();
  await time.pass(300);
  expect(disk.writes).toHaveLength(1);
  see();
  await time.pass(10_000);
  expect(disk.writes).toHaveLength(1);
});

test('without a database the page opens empty, and unsent messages are in the key-value store', async () => {
  const { storage, store, keyValueStore, receive, time } = openPage(async () => undefined);
  expect(await storage.begin()).toBeNull();
  receive();
  await time.pass(1_000);
  expect(store.get().live).toBe(true);
  storage.outboxStore.write({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });
  expect(keyValueStore.getItem(`bisik.${me.id}.outbox.a`)).toContain('halo');
  expect(await storage.newestMessages(chatId)).toEqual([]);
});

test('a database that cannot be read counts as empty', async () => {
  const { db } = fakeLocalDb();
  db.load = () => Promise.reject(new DOMException('broken', 'UnknownError'));
  const { storage, store } = openPage(async () => db);
  expect(await storage.begin()).toBeNull();
  expect(store.get().ready).toBe(false);
});

test('a database that opens after the logout is not shown, and is wiped', async () => {
  const { db, disk } = fakeLocalDb();
  const first = openPage(async () => db);
  await first.storage.begin();
  first.receive();
  await first.time.pass(300);

  const opening = Promise.withResolvers<LocalDb>();
  const { storage, store } = openPage(() => opening.promise);
  const begun = storage.begin();
  storage.wipe();
  storage.close();
  opening.resolve(db);
  expect(await begun).toBeNull();
  expect(store.get().ready).toBe(false);
  expect(disk.isWiped).toBe(true);
});

test('a logout deletes drafts, unsent messages and the database', async () => {
  const { db, disk } = fakeLocalDb();
  const { storage, keyValueStore, time } = openPage(async () => db);
  await storage.begin();
  storage.saveDraft(chatId, { text: 'half' });
  storage.outboxStore.write({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });
  await time.settle();
  storage.wipe();
  expect([keyValueStore.keys(), disk.isWiped, storage.outboxStore.entries()]).toEqual([[], true, []]);
  expect(await db.outboxEntries()).toEqual([]);
});

test('a page does not wait for a slow database, and writes the whole state when it opens', async () => {
  const { db, snapshot } = fakeLocalDb();
  const opening = Promise.withResolvers<LocalDb>();
  const { storage, receive, time } = openPage(() => opening.promise);
  const late: (string | null)[] = [];
  const begun = storage.begin((from) => late.push(from));
  await time.pass(2_000);
  expect(await begun).toBeNull();
  expect(storage.storesChats()).toBe(false);
  receive();
  await time.pass(1_000);
  opening.resolve(db);
  await time.pass(300);
  expect([late, storage.storesChats()]).toEqual([[null], true]);
  expect(snapshot()).toMatchObject({ cursor: 'box.1.0', chats: [{ id: chatId, lastSeq: 3 }] });
});

test('the snapshot of a slow database is shown unless the server has answered before', async () => {
  const { db } = fakeLocalDb();
  const first = openPage(async () => db);
  await first.storage.begin();
  first.receive();
  await first.time.pass(300);
  await db.putEntry({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });

  const opening = Promise.withResolvers<LocalDb>();
  const second = openPage(() => opening.promise);
  const late: (string | null)[] = [];
  const begun = second.storage.begin((from) => late.push(from));
  await second.time.pass(2_000);
  await begun;
  opening.resolve(db);
  await second.time.settle();
  expect([late, second.store.get().ready]).toEqual([['box.1.0'], true]);
  expect(second.storage.outboxStore.entries().map(({ text }) => text)).toEqual(['halo']);
});

test('a database that opens and then does not answer is not waited for, and unsent messages are in the key-value store', async () => {
  const { db } = fakeLocalDb();
  db.load = () => new Promise(() => undefined);
  const { storage, keyValueStore, time } = openPage(async () => db);
  const begun = storage.begin();
  await time.pass(2_000);
  expect([await begun, storage.storesChats()]).toEqual([null, false]);
  storage.outboxStore.write({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });
  expect(keysOf(keyValueStore, `bisik.${me.id}.outbox.`)).toEqual([`bisik.${me.id}.outbox.a`]);
});

test('a browser that has no more disk keeps chats no more', async () => {
  const { db, disk } = fakeLocalDb();
  const { storage, receive, time } = openPage(async () => db);
  await storage.begin();
  expect(storage.storesChats()).toBe(true);
  disk.isFull = true;
  receive();
  await time.pass(300);
  expect(storage.storesChats()).toBe(false);
});

test('the outbox of a slow database is shown when it answers', async () => {
  const { db } = fakeLocalDb();
  const waiting = Promise.withResolvers<Awaited<ReturnType<LocalDb['outboxEntries']>>>();
  db.outboxEntries = () => waiting.promise;
  const { storage, time } = openPage(async () => db);
  const late: (string | null)[] = [];
  const begun = storage.begin((from) => late.push(from));
  await time.pass(2_000);
  await begun;
  waiting.resolve([{ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 }]);
  await time.settle();
  expect([late, storage.outboxStore.entries().map(({ text }) => text)]).toEqual([[null], ['halo']]);
});

test('after a logout in another tab a draft or an unsent message is not stored again', async () => {
  const { db, disk } = fakeLocalDb();
  const { storage, keyValueStore, time } = openPage(async () => db);
  await storage.begin();
  const other = openPage(async () => db, keyValueStore);
  await other.storage.begin();
  other.storage.wipe();
  // The connection of this tab to the deleted database is closed.
  disk.isFull = true;
  storage.saveDraft(chatId, { text: 'half' });
  storage.outboxStore.write({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });
  await time.settle();
  expect(keyValueStore.keys()).toEqual([]);
});

test('after a new login the account stores again', async () => {
  const first = openPage(async () => undefined);
  first.storage.wipe();
  const { storage } = openPage(async () => undefined, first.keyValueStore);
  storage.saveDraft(chatId, { text: 'half' });
  expect(storage.drafts()).toEqual({ [chatId]: { text: 'half' } });
});
