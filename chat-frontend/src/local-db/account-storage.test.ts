import { expect, test } from 'vitest';
import { chatId, me, start } from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeLocalDb } from '../../test/support/fake-local-db.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createStore } from '../state/store.ts';
import { createAccountStorage } from './account-storage.ts';
import type { LocalDb } from './local-db.ts';

/** A page of somebody in a browser whose archive opens when it opens. */
function openPage(open: () => Promise<LocalDb | undefined>, keyValueStore = memoryKeyValueStore()) {
  const time = fakeClock();
  const store = createStore(() => undefined);
  let cursor: string | null = null;
  const tabs = { unsent: () => undefined, kept: () => undefined };
  const deps = {
    store,
    keyValueStore,
    clock: time.clock,
    tabs,
    cursor: () => cursor,
    leads: () => true,
    open,
  };
  const keeping = createAccountStorage(me.id, deps);
  function hear(): void {
    for (const event of start(3)) keeping.store.dispatch(event);
    cursor = 'box.1.0';
  }
  return { keeping, store, time, keyValueStore, hear };
}

test('a page goes on from where the page before it was', async () => {
  const { archive } = fakeLocalDb();
  const first = openPage(async () => archive);
  expect(await first.keeping.begin()).toBeNull();
  expect(first.store.get().ready).toBe(false);
  first.hear();
  await first.time.pass(300);

  const second = openPage(async () => archive);
  expect(await second.keeping.begin()).toBe('box.1.0');
  expect(second.store.get()).toMatchObject({
    ready: true,
    live: false,
    me,
    chats: { [chatId]: { lastSeq: 3 } },
  });
});

test('looking again at what was looked at writes nothing', async () => {
  const { archive, room } = fakeLocalDb();
  const { keeping, hear, time } = openPage(async () => archive);
  await keeping.begin();
  hear();
  const look = () => keeping.store.dispatch({ type: 'seen', conversationId: chatId, seq: 3 });
  look();
  await time.pass(300);
  expect(room.changes).toHaveLength(1);
  look();
  await time.pass(10_000);
  expect(room.changes).toHaveLength(1);
});

test('without an archive the page opens empty, and what is not sent waits on the key-value store', async () => {
  const { keeping, store, keyValueStore, hear, time } = openPage(async () => undefined);
  expect(await keeping.begin()).toBeNull();
  hear();
  await time.pass(1_000);
  expect(store.get().live).toBe(true);
  keeping.outboxStore.write({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });
  expect(keyValueStore.getItem(`bisik.${me.id}.outbox.a`)).toContain('halo');
  expect(await keeping.newestMessages(chatId)).toEqual([]);
});

test('an archive that cannot be read is as good as an empty one', async () => {
  const { archive } = fakeLocalDb();
  archive.load = () => Promise.reject(new DOMException('broken', 'UnknownError'));
  const { keeping, store } = openPage(async () => archive);
  expect(await keeping.begin()).toBeNull();
  expect(store.get().ready).toBe(false);
});

test('who logs out while the archive is still opening sees nothing of it, and it is wiped', async () => {
  const { archive, room } = fakeLocalDb();
  const first = openPage(async () => archive);
  await first.keeping.begin();
  first.hear();
  await first.time.pass(300);

  const opening = Promise.withResolvers<LocalDb>();
  const { keeping, store } = openPage(() => opening.promise);
  const begun = keeping.begin();
  keeping.wipe();
  keeping.close();
  opening.resolve(archive);
  expect(await begun).toBeNull();
  expect(store.get().ready).toBe(false);
  expect(room.wiped).toBe(true);
});

test('logging out takes drafts, unsent messages and the archive', async () => {
  const { archive, room } = fakeLocalDb();
  const { keeping, keyValueStore, time } = openPage(async () => archive);
  await keeping.begin();
  keeping.saveDraft(chatId, { text: 'half' });
  keeping.outboxStore.write({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });
  await time.settle();
  keeping.wipe();
  expect([keyValueStore.keys(), room.wiped, keeping.outboxStore.entries()]).toEqual([[], true, []]);
  expect(await archive.outboxEntries()).toEqual([]);
});

test('a page does not wait for an archive that does not open, and writes all there is when it does', async () => {
  const { archive, kept } = fakeLocalDb();
  const opening = Promise.withResolvers<LocalDb>();
  const { keeping, hear, time } = openPage(() => opening.promise);
  const late: (string | null)[] = [];
  const begun = keeping.begin((from) => late.push(from));
  await time.pass(2_000);
  expect(await begun).toBeNull();
  expect(keeping.isKept()).toBe(false);
  hear();
  await time.pass(1_000);
  opening.resolve(archive);
  await time.pass(300);
  expect([late, keeping.isKept()]).toEqual([[null], true]);
  expect(kept()).toMatchObject({ cursor: 'box.1.0', chats: [{ id: chatId, lastSeq: 3 }] });
});

test('what a slow archive has is shown when it comes, where the box has not answered before', async () => {
  const { archive } = fakeLocalDb();
  const first = openPage(async () => archive);
  await first.keeping.begin();
  first.hear();
  await first.time.pass(300);
  await archive.putEntry({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });

  const opening = Promise.withResolvers<LocalDb>();
  const second = openPage(() => opening.promise);
  const late: (string | null)[] = [];
  const begun = second.keeping.begin((from) => late.push(from));
  await second.time.pass(2_000);
  await begun;
  opening.resolve(archive);
  await second.time.settle();
  expect([late, second.store.get().ready]).toEqual([['box.1.0'], true]);
  expect(second.keeping.outboxStore.entries().map(({ text }) => text)).toEqual(['halo']);
});

test('an archive that opens and then is silent is not waited for; what is not sent waits on the key-value store', async () => {
  const { archive } = fakeLocalDb();
  archive.load = () => new Promise(() => undefined);
  const { keeping, keyValueStore, time } = openPage(async () => archive);
  const begun = keeping.begin();
  await time.pass(2_000);
  expect([await begun, keeping.isKept()]).toEqual([null, false]);
  keeping.outboxStore.write({ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 });
  expect(keyValueStore.keys()).toEqual([`bisik.${me.id}.outbox.a`]);
});

test('a browser that has no more room keeps chats no more', async () => {
  const { archive, room } = fakeLocalDb();
  const { keeping, hear, time } = openPage(async () => archive);
  await keeping.begin();
  expect(keeping.isKept()).toBe(true);
  room.refuses = true;
  hear();
  await time.pass(300);
  expect(keeping.isKept()).toBe(false);
});

test('what waits in a browser that is slow to say so shows when it does', async () => {
  const { archive } = fakeLocalDb();
  const waiting = Promise.withResolvers<Awaited<ReturnType<LocalDb['outboxEntries']>>>();
  archive.outboxEntries = () => waiting.promise;
  const { keeping, time } = openPage(async () => archive);
  const late: (string | null)[] = [];
  const begun = keeping.begin((from) => late.push(from));
  await time.pass(2_000);
  await begun;
  waiting.resolve([{ id: 'a', conversationId: chatId, text: 'halo', at: 1, order: 1 }]);
  await time.settle();
  expect([late, keeping.outboxStore.entries().map(({ text }) => text)]).toEqual([[null], ['halo']]);
});
