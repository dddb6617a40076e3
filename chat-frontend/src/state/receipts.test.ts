import { expect, test } from 'vitest';
import {
  after,
  chatId,
  conversation,
  delta,
  history,
  mark,
  me,
  message,
  messages,
  start,
} from '../../test/support/factories.ts';
import type { Chat } from './chat.ts';
import { isUnread, isUnreadMissing, owesReadReceipt } from './receipts.ts';
import type { Event } from './state.ts';

/** A conversation of 100 messages, 20 of them read, of which the newest five are held. */
const opened: Event[] = [
  ...start(100),
  delta({ conversations: [conversation(100, { unread: 80 })], marks: [mark(100, 20, me.id)] }),
  history(messages(96, 100)),
];
function chat(...events: Event[]): Chat {
  return after(...opened, ...events).chats[chatId] ?? expect.fail('no chat');
}
const past = (from: number, to: number): Event => ({
  type: 'jump-window',
  conversationId: chatId,
  jumped: true,
  before: to + 1,
  messages: messages(from, to),
  limit: 5,
});

test('unread messages are missing while they begin before the held messages, until their page is shown', () => {
  expect(isUnreadMissing(chat(), me.id)).toBe(true);
  expect(isUnreadMissing(chat(past(60, 64)), me.id)).toBe(true);
  expect(isUnreadMissing(chat(past(19, 23)), me.id)).toBe(false);
  expect(isUnreadMissing(chat(past(1, 5)), me.id)).toBe(false);
});

test('no unread message is missing when all are held, however many own messages precede them', () => {
  const few = delta({ conversations: [conversation(100, { unread: 2 })] });
  const own = [96, 97, 98].map((seq) => message(seq, { senderId: me.id }));
  expect(isUnreadMissing(chat(few, delta({ messages: own })), me.id)).toBe(false);
  expect(isUnreadMissing(chat(delta({ marks: [mark(100, 95, me.id)] })), me.id)).toBe(false);
});

test('a read receipt is due for messages of others up to the seen position, also in a jump window', () => {
  expect(owesReadReceipt(chat(), me.id, 95)).toBe(false);
  expect(owesReadReceipt(chat(), me.id, 96)).toBe(true);
  expect(owesReadReceipt(chat(past(19, 23)), me.id, 20)).toBe(false);
  expect(owesReadReceipt(chat(past(19, 23)), me.id, 21)).toBe(true);
  const own = chat(delta({ messages: [message(96, { senderId: me.id })] }));
  expect(owesReadReceipt(own, me.id, 96)).toBe(false);
});

test('a removed message and an own message are not unread', () => {
  expect(isUnread(message(5), 4, me.id)).toBe(true);
  expect(isUnread(message(4), 4, me.id)).toBe(false);
  expect(isUnread(message(5, { deleted: true }), 4, me.id)).toBe(false);
  expect(isUnread(message(5, { senderId: me.id }), 4, me.id)).toBe(false);
});
