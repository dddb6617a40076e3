import { expect, test } from 'vitest';
import {
  budi,
  chatId,
  conversation,
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

const browser = fakeLocalDb;

/** A tab of a browser, which has applied the whole state of a box with one conversation of so many messages. */
function openTab(kept = browser(), { leads = true, lastSeq = 3, time = fakeClock() } = {}) {
  const store = createStore(() => undefined);
  const at = { cursor: null as string | null, leads, kept: [] as string[] };
  const writer = createSnapshotWriter({
    store,
    clock: time.clock,
    cursor: () => at.cursor,
    leads: () => at.leads,
    onWritten: (cursor) => at.kept.push(cursor),
  });
  writer.attach(kept.archive);
  function apply(...events: Event[]): void {
    for (const event of events) {
      store.dispatch(event);
      writer.record(event);
      if (event.type === 'delta') at.cursor = event.delta.cursor;
    }
  }
  apply(...start(lastSeq));
  return { ...kept, writer, store, time, at, apply };
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

test('what a delta brought and the cursor after it are written together, once for what comes in one go', async () => {
  const { apply, time, kept, room, at } = openTab();
  apply(delta('b', { messages: [message(4)] }), delta('c', { marks: [mark(4, 2)] }));
  expect(room.changes).toEqual([]);
  await time.pass(300);
  expect(room.changes).toHaveLength(1);
  expect(kept()).toMatchObject({
    cursor: 'c',
    people: { me, friends: [budi] },
    chats: [{ id: chatId, lastSeq: 4, last: { seq: 4 }, marks: { budi: { delivered: 4, read: 2 } } }],
  });
  expect(at.kept).toEqual(['c']);
});

test('only what changed is written after that', async () => {
  const { apply, time, room } = openTab();
  await time.pass(300);
  apply(delta('b', { messages: [message(4)] }));
  await time.pass(300);
  expect(room.changes.at(-1)).toMatchObject({ whole: false, cursor: 'b', messages: [{ seq: 4 }] });
  expect(room.changes.at(-1)).not.toHaveProperty('people');
});

test('nothing is written for those who type, come and go, or for a poll that brings nothing', async () => {
  const { apply, time, room } = openTab();
  await time.pass(300);
  apply(
    delta('b', { typing: [{ conversationId: chatId, userId: budi.id, forMs: 6_000 }] }),
    delta('c', { presence: [{ userId: budi.id, online: true }] }),
    delta('d', {}),
  );
  await time.pass(60_000);
  expect(room.changes).toHaveLength(1);
});

test('a reset takes the place of everything', async () => {
  const { apply, time, kept, seqs, writer } = openTab();
  apply(page(messages(1, 3)));
  await time.pass(300);
  expect(seqs(chatId)).toEqual([1, 2, 3]);
  apply(delta('z', { reset: true, friends: [], conversations: [conversation(2)] }));
  expect(await writer.newestMessages(chatId)).toEqual([]);
  await time.pass(300);
  expect(seqs(chatId)).toEqual([]);
  expect(kept()).toMatchObject({ cursor: 'z', people: { friends: [] }, chats: [{ lastSeq: 2 }] });
});

test('of a conversation the newest two hundred messages are kept', async () => {
  const { apply, time, room } = openTab(browser(), { lastSeq: 300 });
  apply(page(messages(81, 300)));
  await time.pass(300);
  expect(room.changes[0]?.messages.map(({ seq }) => seq)).toEqual(messages(101, 300).map(({ seq }) => seq));
});

test('beyond five hundred conversations the latest are kept, and the box is asked for the whole next time', async () => {
  const { apply, time, kept } = openTab();
  const many = Array.from({ length: 501 }, (_, at) =>
    conversation(1, { id: `c${at}`, last: message(1, { conversationId: `c${at}`, timestamp: at + 10 }) }),
  );
  apply(delta('b', { reset: true, conversations: many }));
  await time.pass(300);
  expect(kept()?.chats).toHaveLength(500);
  expect(kept()?.chats.some(({ id }) => id === 'c0')).toBe(false);
  expect(kept()?.cursor).toBeNull();
});

test('a conversation is kept from its newest message back to the first hole', async () => {
  const { apply, time, writer } = openTab(browser(), { lastSeq: 9 });
  apply(delta('b', { messages: [message(3), message(7), message(8), message(9)] }));
  await time.pass(300);
  expect((await writer.newestMessages(chatId)).map(({ seq }) => seq)).toEqual([7, 8, 9]);
  apply(delta('c', { messages: [message(8, { content: 'mended', editedAt: 5 }), message(10)] }));
  expect((await writer.newestMessages(chatId)).map(({ content }) => content)).toEqual([
    'text 7',
    'mended',
    'text 9',
    'text 10',
  ]);
});

test('an edit that came before the page of history that lacks it is what is kept', async () => {
  const { apply, time, writer } = openTab();
  apply({ type: 'history-asked', conversationId: chatId });
  apply(delta('b', { messages: [message(2, { content: 'mended', editedAt: 5 })] }), page(messages(1, 3)));
  await time.pass(300);
  expect((await writer.newestMessages(chatId)).map(({ content }) => content)).toEqual([
    'text 1',
    'mended',
    'text 3',
  ]);
});

test('a tab that does not lead writes nothing, and forgets what the leading one has written', async () => {
  const shared = browser();
  const first = openTab(shared);
  const second = openTab(shared, { leads: false });
  const news = delta('b', { messages: [message(4)] });
  first.apply(news);
  second.apply(news);
  await first.time.pass(300);
  await second.time.pass(300);
  expect(shared.room.changes).toHaveLength(1);
  for (const cursor of first.at.kept) second.writer.writtenElsewhere(cursor);
  second.at.leads = true;
  second.writer.schedule();
  await second.time.pass(300);
  expect(shared.room.changes).toHaveLength(1);
});

test('a tab that takes over writes what the one before did not live to write', async () => {
  const shared = browser();
  const first = openTab(shared);
  await first.time.pass(300);
  const second = openTab(shared, { leads: false });
  second.writer.writtenElsewhere(first.at.kept[0] ?? '');
  const news = delta('b', { messages: [message(2, { content: 'mended' }), message(4)] });
  first.apply(news);
  second.apply(news);
  second.at.leads = true;
  second.writer.schedule();
  await second.time.pass(300);
  expect(shared.kept()).toMatchObject({ cursor: 'b', chats: [{ lastSeq: 4 }] });
  expect(shared.seqs(chatId)).toEqual([2, 4]);
});

test('where another tab has forgotten everything, everything is written anew', async () => {
  const { apply, time, archive, kept, seqs } = openTab();
  apply(page(messages(1, 3)));
  await time.pass(300);
  await archive.clearSnapshot();
  apply(delta('b', { messages: [message(4)] }));
  await time.pass(600);
  expect(kept()).toMatchObject({ cursor: 'b', chats: [{ lastSeq: 4 }] });
  expect(seqs(chatId)).toEqual([1, 2, 3, 4]);
});

test('a browser without room is left alone, and what it kept makes room', async () => {
  const { apply, time, room, kept } = openTab();
  await time.pass(300);
  room.refuses = true;
  apply(delta('b', { messages: [message(4)] }));
  await time.pass(300);
  expect(kept()).toBeNull();
  room.refuses = false;
  apply(delta('c', { messages: [message(5)] }));
  await time.pass(300);
  expect(kept()).toBeNull();
});

test('the page that goes writes what it has gathered; a session that ends leaves nothing readable', async () => {
  const { apply, time, kept, writer, seqs } = openTab();
  apply(page(messages(1, 3)));
  writer.flush();
  await time.settle();
  expect(seqs(chatId)).toEqual([1, 2, 3]);
  apply(delta('b', { messages: [message(4)] }));
  writer.close();
  await time.pass(1_000);
  expect(kept()).toBeNull();
  expect(seqs(chatId)).toEqual([]);
});

test('an archive that opens after its person has logged out is wiped', async () => {
  const late = browser();
  const { writer } = openTab();
  writer.wipe();
  writer.close();
  expect(writer.attach(late.archive)).toBe(false);
  expect(late.room.wiped).toBe(true);
});

test('a picture is read from the box once, also by a later page', async () => {
  const shared = browser();
  const picture = { id: 'p1', type: 'image/png', data: 'AAAA' } as const;
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return picture;
  };
  expect(await openTab(shared).writer.picture('p1', ask)).toEqual(picture);
  expect(await openTab(shared).writer.picture('p1', ask)).toEqual(picture);
  expect(asked).toBe(1);
});
