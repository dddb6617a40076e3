import { expect, test } from 'vitest';
import { after, chatId, conversation, delta, me, message, start } from '../../test/support/factories.ts';
import { signedOut } from '../state/state.ts';
import { chatsWithNewMessages, readChats } from './new-messages.ts';

const before = after(...start(3));

test('a conversation has new messages when another person has written since', () => {
  const theirs = after(...start(3), delta({ conversations: [conversation(4)], messages: [message(4)] }));
  expect(chatsWithNewMessages(before, theirs)).toEqual([chatId]);
  const own = message(4, { senderId: me.id });
  const mine = after(
    ...start(3),
    delta({ conversations: [conversation(4, { last: own })], messages: [own] }),
  );
  expect(chatsWithNewMessages(before, mine)).toEqual([]);
  expect(chatsWithNewMessages(theirs, theirs)).toEqual([]);
});

test('messages of the first answer do not count as new', () => {
  expect(chatsWithNewMessages(signedOut, before)).toEqual([]);
});

test('a conversation is read when it was read here or on another device', () => {
  expect([...readChats(before)]).toEqual([]);
  expect([...readChats(after(...start(3), { type: 'seen', conversationId: chatId, seq: 3 }))]).toEqual([
    chatId,
  ]);
  const elsewhere = delta({ conversations: [conversation(3, { unread: 0 })] });
  expect([...readChats(after(...start(3), elsewhere))]).toEqual([chatId]);
});
