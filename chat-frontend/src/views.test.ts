import { expect, test } from 'vitest';
import {
  after,
  budi,
  chatId,
  conversation,
  delta,
  history,
  me,
  message,
  messages,
  pending,
  start,
} from '../test/support/made.ts';
import type { Chat } from './chat.ts';
import type { State } from './state.ts';
import { bubblesOf, chatRows, fold, linkShown, unreadChats } from './views.ts';

const chatOf = (state: State): Chat => state.chats[chatId] ?? expect.fail('no chat');

test('a message on its way stands after the stored ones and gives way to its stored twin', () => {
  const waiting = after(...start(2), history(messages(1, 2)), { type: 'outbox', entries: [pending('m3')] });
  expect(bubblesOf(waiting, chatOf(waiting)).map(({ id, pending: p }) => [id, p?.status])).toEqual([
    ['m1', undefined],
    ['m2', undefined],
    ['m3', 'sending'],
  ]);
  const stored = after(
    ...start(2),
    history(messages(1, 2)),
    { type: 'sent', message: message(3, { senderId: me.id }) },
    { type: 'outbox', entries: [pending('m3', { status: 'waiting' })] },
  );
  expect(bubblesOf(stored, chatOf(stored)).map(({ id, pending: p }) => [id, p])).toEqual([
    ['m1', undefined],
    ['m2', undefined],
    ['m3', undefined],
  ]);
});

test('a chat is unread while the last word is another’s and was not seen', () => {
  const fresh = after(...start(3));
  expect(unreadChats(fresh)).toBe(1);
  expect(unreadChats(after(...start(3), { type: 'seen', seen: { [chatId]: 3 } }))).toBe(0);
  const own = delta({ messages: [message(4, { senderId: me.id })] });
  expect(unreadChats(after(...start(3), own))).toBe(0);
});

test('the list shows the latest conversation first and finds names by folded letters', () => {
  const citra = { id: 'citra', username: 'Çitra' };
  const second = conversation(0, {
    id: 'chat-2',
    members: [me, citra],
    last: message(1, { timestamp: 99_000 }),
  });
  const third = conversation(0, { id: 'chat-3', members: [me, { id: 'adi', username: 'adi' }] });
  const state = after(...start(3), delta({ conversations: [third, second] }));
  expect(chatRows(state).map(({ name }) => name)).toEqual(['Çitra', 'Budi', 'adi']);
  expect(chatRows(state, ' CITRA ').map(({ name }) => name)).toEqual(['Çitra']);
  expect(chatRows(state, 'zz')).toEqual([]);
});

test('the list prefers what waits to be sent over what was said', () => {
  const state = after(...start(3), { type: 'outbox', entries: [pending('new words', { at: 50_000 })] });
  expect(chatRows(state)[0]).toMatchObject({
    preview: 'new words',
    own: true,
    pending: true,
    name: budi.username,
  });
});

test('folding ignores case, marks and width', () => {
  expect(fold('  Ḍéwi ＡＢＣ ')).toBe('dewi abc');
});

test('the banner tells that the cipher is away by the messages it holds back', () => {
  const held = pending('x', { status: 'waiting', reason: 'CIPHER_UNAVAILABLE' });
  const state = after(...start(1), { type: 'outbox', entries: [held] });
  expect(linkShown(state)).toBe('cipher');
  expect(linkShown({ ...state, link: 'offline' })).toBe('offline');
  expect(linkShown({ ...state, outbox: [] })).toBe('ok');
});
