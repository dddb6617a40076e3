import { expect, test } from 'vitest';
import {
  budi,
  chatId,
  citra,
  conversation,
  groupConversation,
  groupId,
  groupInfo,
  inGroup,
  mark,
  me,
  message,
  messages,
  start,
} from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { fakeLocalDb } from '../../test/support/fake-local-db.ts';
import type { Event } from '../state/state.ts';
import { createStore } from '../state/store.ts';
import { createSnapshotWriter } from './snapshot-writer.ts';

/** A tab that has applied the whole state of a server: one conversation with `lastSeq` messages. */
function openTab(local = fakeLocalDb(), { leads = true, lastSeq = 3, time = fakeClock() } = {}) {
  const store = createStore(() => undefined);
  const at = { cursor: null as string | null, leads, written: [] as string[] };
  const writer = createSnapshotWriter({
    store,
    clock: time.clock,
    cursor: () => at.cursor,
    leads: () => at.leads,
    onWritten: (cursor) => at.written.push(cursor),
  });
  writer.attach(local.db);
  function apply(...events: Event[]): void {
    for (const event of events) {
      const before = store.get();
      store.dispatch(event);
      writer.record(event, before);
      if (event.type === 'delta') at.cursor = event.delta.cursor;
    }
  }
  apply(...start(lastSeq));
  return { ...local, writer, store, time, at, apply };
}

const delta = (cursor: string, more: object): Event => ({
  type: 'delta',
  at: 0,
  delta: { cursor, pollAfterMs: 4_000, ...more },
});
const page = (list: ReturnType<typeof messages>): Event => ({
  type: 'history',
  conversationId: chatId,
  before: undefined,
  messages: list,
  limit: 40,
});

test('deltas that arrive together are written once, together with the cursor after them', async () => {
  const { apply, time, snapshot, disk, at } = openTab();
  apply(delta('b', { messages: [message(4)] }), delta('c', { marks: [mark(4, 2)] }));
  expect(disk.writes).toEqual([]);
  await time.pass(300);
  expect(disk.writes).toHaveLength(1);
  expect(snapshot()).toMatchObject({
    cursor: 'c',
    people: { me, friends: [budi] },
    chats: [{ id: chatId, lastSeq: 4, last: { seq: 4 }, marks: { budi: { delivered: 4, read: 2 } } }],
  });
  expect(at.written).toEqual(['c']);
});

test('after the first write only changes are written', async () => {
  const { apply, time, disk } = openTab();
  await time.pass(300);
  apply(delta('b', { messages: [message(4)] }));
  await time.pass(300);
  expect(disk.writes.at(-1)).toMatchObject({ whole: false, cursor: 'b', messages: [{ seq: 4 }] });
  expect(disk.writes.at(-1)).not.toHaveProperty('people');
});

test('nothing is written for typing, for presence or for a poll without changes', async () => {
  const { apply, time, disk } = openTab();
  await time.pass(300);
  apply(
    delta('b', { typing: [{ conversationId: chatId, userId: budi.id, forMs: 6_000 }] }),
    delta('c', { presence: [{ userId: budi.id, online: true }] }),
    delta('d', {}),
  );
  await time.pass(60_000);
  expect(disk.writes).toHaveLength(1);
});

test('a reset replaces the whole snapshot', async () => {
  const { apply, time, snapshot, seqs, writer } = openTab();
  apply(page(messages(1, 3)));
  await time.pass(300);
  expect(seqs(chatId)).toEqual([1, 2, 3]);
  apply(delta('z', { reset: true, friends: [], conversations: [conversation(2)] }));
  expect(await writer.newestMessages(chatId)).toEqual([]);
  await time.pass(300);
  expect(seqs(chatId)).toEqual([]);
  expect(snapshot()).toMatchObject({ cursor: 'z', people: { friends: [] }, chats: [{ lastSeq: 2 }] });
});

test('the newest two hundred messages of a conversation are stored', async () => {
  const { apply, time, disk } = openTab(fakeLocalDb(), { lastSeq: 300 });
  apply(page(messages(81, 300)));
  await time.pass(300);
  expect(disk.writes[0]?.messages.map(({ seq }) => seq)).toEqual(messages(101, 300).map(({ seq }) => seq));
});

test('of more than five hundred conversations the latest are stored, without a cursor, so that the next poll reads the whole state', async () => {
  const { apply, time, snapshot } = openTab();
  const many = Array.from({ length: 501 }, (_, at) =>
    conversation(1, { id: `c${at}`, last: message(1, { conversationId: `c${at}`, timestamp: at + 10 }) }),
  );
  apply(delta('b', { reset: true, conversations: many }));
  await time.pass(300);
  expect(snapshot()?.chats).toHaveLength(500);
  expect(snapshot()?.chats.some(({ id }) => id === 'c0')).toBe(false);
  expect(snapshot()?.cursor).toBeNull();
});

test('the stored messages of a conversation go back from the newest to the first gap', async () => {
  const { apply, time, writer } = openTab(fakeLocalDb(), { lastSeq: 9 });
  apply(delta('b', { messages: [message(3), message(7), message(8), message(9)] }));
  await time.pass(300);
  expect((await writer.newestMessages(chatId)).map(({ seq }) => seq)).toEqual([7, 8, 9]);
  apply(delta('c', { messages: [message(8, { content: 'edited', editedAt: 5 }), message(10)] }));
  expect((await writer.newestMessages(chatId)).map(({ content }) => content)).toEqual([
    'text 7',
    'edited',
    'text 9',
    'text 10',
  ]);
});

test('an edit that arrived before a page of history without it is what is stored', async () => {
  const { apply, time, writer } = openTab();
  apply({ type: 'history-asked', conversationId: chatId });
  apply(
    delta('b', { messages: [message(2, { content: 'edited', editedAt: 5, changedRev: 9 })] }),
    page(messages(1, 3)),
  );
  await time.pass(300);
  expect((await writer.newestMessages(chatId)).map(({ content }) => content)).toEqual([
    'text 1',
    'edited',
    'text 3',
  ]);
});

test('a tab that does not lead writes nothing, and clears the changes that the leading tab has written', async () => {
  const shared = fakeLocalDb();
  const first = openTab(shared);
  const second = openTab(shared, { leads: false });
  const change = delta('b', { messages: [message(4)] });
  first.apply(change);
  second.apply(change);
  await first.time.pass(300);
  await second.time.pass(300);
  expect(shared.disk.writes).toHaveLength(1);
  for (const cursor of first.at.written) second.writer.writtenElsewhere(cursor);
  second.at.leads = true;
  second.writer.schedule();
  await second.time.pass(300);
  expect(shared.disk.writes).toHaveLength(1);
});

test('a tab that takes over the lead writes what the last leader did not write', async () => {
  const shared = fakeLocalDb();
  const first = openTab(shared);
  await first.time.pass(300);
  const second = openTab(shared, { leads: false });
  second.writer.writtenElsewhere(first.at.written[0] ?? '');
  const change = delta('b', { messages: [message(2, { content: 'edited' }), message(4)] });
  first.apply(change);
  second.apply(change);
  second.at.leads = true;
  second.writer.schedule();
  await second.time.pass(300);
  expect(shared.snapshot()).toMatchObject({ cursor: 'b', chats: [{ lastSeq: 4 }] });
  expect(shared.seqs(chatId)).toEqual([2, 4]);
});

test('the whole snapshot is written again after another tab has cleared it', async () => {
  const { apply, time, db, snapshot, seqs } = openTab();
  apply(page(messages(1, 3)));
  await time.pass(300);
  await db.clearSnapshot();
  apply(delta('b', { messages: [message(4)] }));
  await time.pass(600);
  expect(snapshot()).toMatchObject({ cursor: 'b', chats: [{ lastSeq: 4 }] });
  expect(seqs(chatId)).toEqual([1, 2, 3, 4]);
});

test('after the quota is used up the snapshot is deleted and nothing more is written', async () => {
  const { apply, time, disk, snapshot } = openTab();
  await time.pass(300);
  disk.isFull = true;
  apply(delta('b', { messages: [message(4)] }));
  await time.pass(300);
  expect(snapshot()).toBeNull();
  disk.isFull = false;
  apply(delta('c', { messages: [message(5)] }));
  await time.pass(300);
  expect(snapshot()).toBeNull();
});

test('an unloading page writes its pending changes, and the end of a session deletes the snapshot', async () => {
  const { apply, time, snapshot, writer, seqs } = openTab();
  apply(page(messages(1, 3)));
  writer.flush();
  await time.settle();
  expect(seqs(chatId)).toEqual([1, 2, 3]);
  apply(delta('b', { messages: [message(4)] }));
  writer.close();
  await time.pass(1_000);
  expect(snapshot()).toBeNull();
  expect(seqs(chatId)).toEqual([]);
});

test('a database that opens after the logout is wiped', async () => {
  const late = fakeLocalDb();
  const { writer } = openTab();
  writer.wipe();
  writer.close();
  expect(writer.attach(late.db)).toBe(false);
  expect(late.disk.isWiped).toBe(true);
});

test('a picture is fetched from the server once for all pages of this browser', async () => {
  const shared = fakeLocalDb();
  const picture = { id: 'p1', type: 'image/png', data: 'AAAA' } as const;
  let requests = 0;
  const fetchPicture = async () => {
    requests += 1;
    return picture;
  };
  expect(await openTab(shared).writer.picture('p1', fetchPicture)).toEqual(picture);
  expect(await openTab(shared).writer.picture('p1', fetchPicture)).toEqual(picture);
  expect(requests).toBe(1);
});

const joined = (group = groupInfo({ pictureId: 'p-group' })) =>
  delta('g', {
    conversations: [groupConversation(3, { group, mentions: 1, pinned: { seq: 2, by: budi.id } })],
    groupReceipts: [{ conversationId: groupId, delivered: 2, read: 1 }],
    messages: messages(1, 3).map(inGroup),
  });

test('a group is stored with its members, its ticks, its mentions and its pinned message, and a page opens with them', async () => {
  const { apply, time, snapshot, db } = openTab();
  apply(joined());
  await time.pass(300);
  const stored = snapshot() ?? expect.fail('nothing is stored');
  const next = createStore(() => undefined);
  next.dispatch({ type: 'signed-in', me, drafts: {} });
  next.dispatch({ type: 'snapshot', people: stored.people, chats: stored.chats });
  expect(next.get().chats[groupId]).toMatchObject({
    group: { name: 'Keluarga', fromSeq: 1 },
    members: [{ id: me.id }, { id: budi.id }, { id: citra.id }],
    groupReceipt: { delivered: 2, read: 1 },
    mentions: 1,
    pinned: { seq: 2, by: budi.id },
  });
  expect(await db.messages(groupId)).toHaveLength(3);
});

test('of a group that this person left nothing stays stored: no row, no message, no person and no picture', async () => {
  const { apply, time, snapshot, seqs, db, pictures, writer } = openTab();
  const fetch = async () => ({ id: 'p-group', type: 'image/webp', data: 'AAAA' }) as const;
  apply(joined());
  await time.pass(300);
  await writer.picture('p-group', fetch);
  const late = Promise.withResolvers<Awaited<ReturnType<typeof fetch>>>();
  expect([seqs(groupId), pictures()]).toEqual([[1, 2, 3], ['p-group']]);
  apply(delta('h', { gone: { conversations: [groupId] } }));
  await time.pass(300);
  expect([seqs(groupId), pictures()]).toEqual([[], []]);
  expect(snapshot()?.chats.map(({ id }) => id)).toEqual([chatId]);
  expect(Object.keys(snapshot()?.people.people ?? {})).not.toContain(citra.id);
  expect(await writer.newestMessages(groupId)).toEqual([]);
  // A picture that was on its way is not stored any more.
  const arriving = writer.picture('p-group', () => late.promise);
  late.resolve(await fetch());
  await arriving;
  expect([pictures(), await db.messages(groupId)]).toEqual([[], []]);
});

const heldIn = (conversationId: string) => ({
  id: `held in ${conversationId}`,
  conversationId,
  text: 'x',
  at: 1,
  order: 1,
});

test('a tab that does not lead deletes what is stored of a group that this person left, and what waits to be sent there', async () => {
  const leader = openTab();
  leader.apply(joined());
  await leader.time.pass(300);
  const other = openTab(leader, { leads: false });
  other.apply(joined());
  for (const id of [groupId, chatId]) await other.db.putEntry(heldIn(id));
  other.apply(delta('h', { gone: { conversations: [groupId] } }));
  await other.time.pass(0);
  expect(other.seqs(groupId)).toEqual([]);
  expect(other.snapshot()?.chats.map(({ id }) => id)).toEqual([chatId]);
  expect((await other.db.outboxEntries()).map(({ conversationId }) => conversationId)).toEqual([chatId]);
});

test('a database that opens after this person left a group is wiped of it', async () => {
  const { db, seqs, snapshot, time, apply } = openTab();
  apply(joined());
  await time.pass(300);
  await db.putEntry(heldIn(groupId));
  const store = createStore(() => undefined);
  const late = createSnapshotWriter({
    store,
    clock: time.clock,
    cursor: () => null,
    leads: () => false,
    onWritten: () => undefined,
  });
  for (const event of [...start(3), joined(), delta('h', { gone: { conversations: [groupId] } })]) {
    const before = store.get();
    store.dispatch(event);
    late.record(event, before);
  }
  late.attach(db);
  await time.pass(0);
  expect([seqs(groupId), await db.outboxEntries()]).toEqual([[], []]);
  expect(snapshot()?.chats.map(({ id }) => id)).toEqual([chatId]);
});

test('messages from before those that a person may read now are not read from the database', async () => {
  const { apply, time, writer } = openTab();
  apply(joined());
  await time.pass(300);
  apply(delta('h', { conversations: [groupConversation(3, { group: groupInfo({ fromSeq: 3 }) })] }));
  await time.pass(300);
  expect((await writer.newestMessages(groupId)).map(({ seq }) => seq)).toEqual([3]);
});
