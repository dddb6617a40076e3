import { expect, onTestFinished, test, vi } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
import { chatId, delta, me, message, messages, start } from '../../test/support/factories.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { HistoryQuery } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { createStore } from '../state/store.ts';
import { createHistory } from './history.ts';

/** A server with `count` messages in one conversation, and its open history. */
async function openHistory(count: number, storedMessages?: () => Promise<Message[]>, isDown = false) {
  const { settle, pass, clock } = fakeClock();
  const requests: HistoryQuery[] = [];
  const server = { isDown };
  const store = createStore(() => undefined);
  for (const event of start(count)) store.dispatch(event);
  const history = createHistory(
    me.id,
    {
      async history(query) {
        requests.push(query);
        if (server.isDown) throw new ApiError('NETWORK');
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
  const first = requests.splice(0);
  const chat = () => store.get().chats[chatId] ?? expect.fail('no chat');
  const shown = () => {
    const list = chat().jumpWindow?.messages ?? chat().messages;
    return [list[0]?.seq, list.at(-1)?.seq];
  };
  return { history, settle, pass, requests, first, server, chat, shown, store };
}

test('a jump reads the page around the message in one request, and paging continues in both directions', async () => {
  const { history, settle, requests, chat, shown } = await openHistory(500);
  await history.jump(chatId, 200);
  expect(requests).toHaveLength(1);
  expect(shown()).toEqual([176, 215]);
  history.loadOlder(chatId);
  await settle();
  expect(shown()).toEqual([136, 215]);
  history.loadNewer(chatId);
  await settle();
  expect(shown()).toEqual([136, 255]);
  expect(chat().messages[0]?.seq).toBe(461);
});

test('paging forward in a jump window ends at the newest message', async () => {
  const { history, settle, chat, shown } = await openHistory(200);
  await history.jump(chatId, 100);
  for (let page = 0; page < 5; page++) {
    history.loadNewer(chatId);
    await settle();
  }
  expect(chat().jumpWindow).toBeUndefined();
  expect(shown()).toEqual([76, 200]);
});

test('a jump to a shown message sends no request, and one to a newest message leaves the window', async () => {
  const { history, requests, shown } = await openHistory(500);
  await history.jump(chatId, 480);
  expect(requests).toEqual([]);
  await history.jump(chatId, 10);
  expect(shown()).toEqual([1, 25]);
  await history.jump(chatId, 480);
  expect(requests).toHaveLength(1);
  expect(shown()).toEqual([461, 500]);
});

test('nothing older than the first message is requested', async () => {
  const { history, requests } = await openHistory(500);
  await history.jump(chatId, 3);
  history.loadOlder(chatId);
  expect(requests).toHaveLength(1);
});

test('quoted messages are read a page at a time, each once', async () => {
  const { history, requests, chat } = await openHistory(500);
  await history.readOthers(chatId, [10, 12, 300, 299]);
  expect(requests.map(({ before, limit }) => [before, limit])).toEqual([
    [301, 2],
    [13, 3],
  ]);
  expect(Object.keys(chat().others)).toEqual(['10', '12', '299', '300']);
  await history.readOthers(chatId, [10, 300]);
  expect(requests).toHaveLength(2);
});

test('a quote that could not be read is requested again when the server is back', async () => {
  const { history, requests, server, chat } = await openHistory(500);
  server.isDown = true;
  await history.readOthers(chatId, [10]);
  await history.readOthers(chatId, [10]);
  expect(requests).toHaveLength(1);
  server.isDown = false;
  history.retryNow();
  await history.readOthers(chatId, [10]);
  expect(Object.keys(chat().others)).toEqual(['10']);
});

test('a quote that could not be read is requested again after a while without an outage', async () => {
  const { history, requests, server, chat } = await openHistory(500);
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  server.isDown = true;
  await history.readOthers(chatId, [10]);
  server.isDown = false;
  await history.readOthers(chatId, [10]);
  expect(requests).toHaveLength(1);
  vi.advanceTimersByTime(30_000);
  await history.readOthers(chatId, [10]);
  expect(Object.keys(chat().others)).toEqual(['10']);
});

test('the newest stored messages are shown without a request, and paging continues from there', async () => {
  const { first, shown, chat, history, settle, requests } = await openHistory(300, async () =>
    messages(201, 300),
  );
  expect(first).toEqual([]);
  expect(shown()).toEqual([201, 300]);
  expect(chat()).toMatchObject({ loaded: true, complete: false });
  history.loadOlder(chatId);
  await settle();
  expect(requests).toMatchObject([{ before: 201 }]);
  expect(shown()).toEqual([161, 300]);
});

test('a stored short conversation is complete', async () => {
  const { first, chat } = await openHistory(3, async () => messages(1, 3));
  expect(first).toEqual([]);
  expect(chat().complete).toBe(true);
});

test('stored messages that do not reach the newest one are not shown, also without a server', async () => {
  const old = await openHistory(300, async () => messages(100, 299));
  expect(old.first).toHaveLength(1);
  expect(old.shown()).toEqual([261, 300]);
  const isDown = await openHistory(300, async () => messages(100, 299), true);
  expect(isDown.chat()).toMatchObject({ loaded: false, failure: 'NETWORK', messages: [] });
});

test('a few stored messages are shown when the server does not answer', async () => {
  const { first, shown, chat } = await openHistory(300, async () => messages(290, 300), true);
  expect(first).toHaveLength(1);
  expect(shown()).toEqual([290, 300]);
  expect(chat()).toMatchObject({ loaded: true, complete: false, loading: false });
});

test('messages that arrive while the stored ones are read follow them without a gap', async () => {
  const reading = Promise.withResolvers<Message[]>();
  const { store, shown, settle, first } = await openHistory(100, () => reading.promise);
  store.dispatch(delta({ messages: [message(101), message(102)] }));
  reading.resolve(messages(1, 100));
  await settle();
  expect(first).toEqual([]);
  expect(shown()).toEqual([1, 102]);
});

test('a slow database is not waited for, and its messages are shown when the server does not answer', async () => {
  const reading = Promise.withResolvers<Message[]>();
  const { pass, settle, chat, shown, requests } = await openHistory(3, () => reading.promise, true);
  await pass(1_999);
  expect([requests.length, chat().loading]).toEqual([0, true]);
  await pass(1);
  expect([requests.length, chat().failure]).toEqual([1, 'NETWORK']);
  reading.resolve(messages(1, 3));
  await settle();
  expect([shown(), chat().loaded, chat().failure]).toEqual([[1, 3], true, undefined]);
});
