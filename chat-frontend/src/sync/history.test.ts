import { expect, onTestFinished, test, vi } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
import { chatId, delta, me, message, messages, start } from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { HistoryQuery } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { createStore } from '../state/store.ts';
import { createHistory } from './history.ts';

/** A box with so many messages in one conversation, and who reads there. */
async function openHistory(count: number, storedMessages?: () => Promise<Message[]>, away = false) {
  const { settle, pass, clock } = fakeClock();
  const asked: HistoryQuery[] = [];
  const box = { away };
  const store = createStore(() => undefined);
  for (const event of start(count)) store.dispatch(event);
  const history = createHistory(
    me.id,
    {
      async history(query) {
        asked.push(query);
        if (box.away) throw new ApiError('NETWORK');
        const { before = count + 1, limit = 50 } = query;
        const last = Math.min(before - 1, count);
        return messages(Math.max(1, last - limit + 1), last);
      },
    },
    store,
    storedMessages,
    clock,
  );
  history.open(chatId);
  await settle();
  const first = asked.splice(0);
  const chat = () => store.get().chats[chatId] ?? expect.fail('no chat');
  const shown = () => {
    const list = chat().jumpWindow?.messages ?? chat().messages;
    return [list[0]?.seq, list.at(-1)?.seq];
  };
  return { history, settle, pass, asked, first, box, chat, shown, store };
}

test('a jump reads the page around the message, in one request, and reading on goes both ways from there', async () => {
  const { history, settle, asked, chat, shown } = await openHistory(500);
  await history.jump(chatId, 200);
  expect(asked).toHaveLength(1);
  expect(shown()).toEqual([176, 215]);
  history.loadOlder(chatId);
  await settle();
  expect(shown()).toEqual([136, 215]);
  history.loadNewer(chatId);
  await settle();
  expect(shown()).toEqual([136, 255]);
  expect(chat().messages[0]?.seq).toBe(461);
});

test('reading on from the past ends at the newest message', async () => {
  const { history, settle, chat, shown } = await openHistory(200);
  await history.jump(chatId, 100);
  for (let page = 0; page < 5; page++) {
    history.loadNewer(chatId);
    await settle();
  }
  expect(chat().jumpWindow).toBeUndefined();
  expect(shown()).toEqual([76, 200]);
});

test('a message that is shown is not read again, and one of the newest leads back to them', async () => {
  const { history, asked, shown } = await openHistory(500);
  await history.jump(chatId, 480);
  expect(asked).toEqual([]);
  await history.jump(chatId, 10);
  expect(shown()).toEqual([1, 25]);
  await history.jump(chatId, 480);
  expect(asked).toHaveLength(1);
  expect(shown()).toEqual([461, 500]);
});

test('at the first message of the past nothing older is asked for', async () => {
  const { history, asked } = await openHistory(500);
  await history.jump(chatId, 3);
  history.loadOlder(chatId);
  expect(asked).toHaveLength(1);
});

test('quoted messages are read a page at a time, each once', async () => {
  const { history, asked, chat } = await openHistory(500);
  await history.readOthers(chatId, [10, 12, 300, 299]);
  expect(asked.map(({ before, limit }) => [before, limit])).toEqual([
    [301, 2],
    [13, 3],
  ]);
  expect(Object.keys(chat().others)).toEqual(['10', '12', '299', '300']);
  await history.readOthers(chatId, [10, 300]);
  expect(asked).toHaveLength(2);
});

test('a quote that could not be read is asked for again when the box is back', async () => {
  const { history, asked, box, chat } = await openHistory(500);
  box.away = true;
  await history.readOthers(chatId, [10]);
  await history.readOthers(chatId, [10]);
  expect(asked).toHaveLength(1);
  box.away = false;
  history.retryNow();
  await history.readOthers(chatId, [10]);
  expect(Object.keys(chat().others)).toEqual(['10']);
});

test('a quote that could not be read is asked for again after a while, though the box was never out of touch', async () => {
  const { history, asked, box, chat } = await openHistory(500);
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  box.away = true;
  await history.readOthers(chatId, [10]);
  box.away = false;
  await history.readOthers(chatId, [10]);
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(30_000);
  await history.readOthers(chatId, [10]);
  expect(Object.keys(chat().others)).toEqual(['10']);
});

test('the newest messages this browser keeps are shown without asking the box, and reading on goes back from there', async () => {
  const { first, shown, chat, history, settle, asked } = await openHistory(300, async () =>
    messages(201, 300),
  );
  expect(first).toEqual([]);
  expect(shown()).toEqual([201, 300]);
  expect(chat()).toMatchObject({ loaded: true, complete: false });
  history.loadOlder(chatId);
  await settle();
  expect(asked).toMatchObject([{ before: 201 }]);
  expect(shown()).toEqual([161, 300]);
});

test('a whole short conversation that is kept is complete', async () => {
  const { first, chat } = await openHistory(3, async () => messages(1, 3));
  expect(first).toEqual([]);
  expect(chat().complete).toBe(true);
});

test('kept messages that do not reach the newest one give way to the box, also where it is away', async () => {
  const old = await openHistory(300, async () => messages(100, 299));
  expect(old.first).toHaveLength(1);
  expect(old.shown()).toEqual([261, 300]);
  const away = await openHistory(300, async () => messages(100, 299), true);
  expect(away.chat()).toMatchObject({ loaded: false, failure: 'NETWORK', messages: [] });
});

test('a few kept messages are shown where the box is away', async () => {
  const { first, shown, chat } = await openHistory(300, async () => messages(290, 300), true);
  expect(first).toHaveLength(1);
  expect(shown()).toEqual([290, 300]);
  expect(chat()).toMatchObject({ loaded: true, complete: false, loading: false });
});

test('what arrives while the kept messages are read follows them without a hole', async () => {
  const reading = Promise.withResolvers<Message[]>();
  const { store, shown, settle, first } = await openHistory(100, () => reading.promise);
  store.dispatch(delta({ messages: [message(101), message(102)] }));
  reading.resolve(messages(1, 100));
  await settle();
  expect(first).toEqual([]);
  expect(shown()).toEqual([1, 102]);
});

test('a browser that is slow to say what it keeps is not waited for, and believed where the box is away', async () => {
  const reading = Promise.withResolvers<Message[]>();
  const { pass, settle, chat, shown, asked } = await openHistory(3, () => reading.promise, true);
  await pass(1_999);
  expect([asked.length, chat().loading]).toEqual([0, true]);
  await pass(1);
  expect([asked.length, chat().failure]).toEqual([1, 'NETWORK']);
  reading.resolve(messages(1, 3));
  await settle();
  expect([shown(), chat().loaded, chat().failure]).toEqual([[1, 3], true, undefined]);
});
