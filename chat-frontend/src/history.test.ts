import { expect, test } from 'vitest';
import { fakeClock } from '../test/support/fake-clock.ts';
import { chatId, me, messages, start } from '../test/support/made.ts';
import type { HistoryQuery } from './api.ts';
import { ApiFailure } from './failure.ts';
import { createHistory } from './history.ts';
import { createStore } from './store.ts';

/** A box with so many messages in one conversation, and who reads there. */
async function openHistory(count: number) {
  const { settle } = fakeClock();
  const asked: HistoryQuery[] = [];
  const box = { away: false };
  const store = createStore(() => undefined);
  for (const event of start(count)) store.dispatch(event);
  const history = createHistory(
    me.id,
    {
      async history(query) {
        asked.push(query);
        if (box.away) throw new ApiFailure('NETWORK');
        const { before = count + 1, limit = 50 } = query;
        const last = Math.min(before - 1, count);
        return messages(Math.max(1, last - limit + 1), last);
      },
    },
    store,
  );
  history.open(chatId);
  await settle();
  asked.length = 0;
  const chat = () => store.get().chats[chatId] ?? expect.fail('no chat');
  const shown = () => {
    const list = chat().past?.messages ?? chat().messages;
    return [list[0]?.seq, list.at(-1)?.seq];
  };
  return { history, settle, asked, box, chat, shown };
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
  expect(chat().past).toBeUndefined();
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
  history.askAgain();
  await history.readOthers(chatId, [10]);
  expect(Object.keys(chat().others)).toEqual(['10']);
});
