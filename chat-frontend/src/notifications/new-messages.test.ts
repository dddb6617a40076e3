import { expect, test } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
import {
  after,
  budi,
  chatId,
  conversation,
  delta,
  groupConversation,
  groupId,
  inGroup,
  me,
  message,
  start,
} from '../../test/support/factories.ts';
import { type Event, signedOut } from '../state/state.ts';
import { chatsWithNewMessages, hasNewMention, readChats } from './new-messages.ts';

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

test('a system row of a group and a message of a blocked person are no new messages', () => {
  const inState = (last: Message, ...events: Event[]) =>
    after(
      ...start(0),
      delta({ conversations: [groupConversation(1)] }),
      ...events,
      delta({ conversations: [groupConversation(2, { last })] }),
    );
  const known = after(...start(0), delta({ conversations: [groupConversation(1)] }));
  const last = inGroup(message(2));
  expect(chatsWithNewMessages(known, inState(last))).toEqual([groupId]);
  expect(chatsWithNewMessages(known, inState({ ...last, event: { type: 'renamed' } }))).toEqual([]);
  expect(chatsWithNewMessages(known, inState(last, delta({ blocked: [budi] })))).toEqual([]);
});

test('a new mention is one more unread message that mentions this person', () => {
  const inState = (mentions: number) =>
    after(...start(0), delta({ conversations: [groupConversation(3, { mentions })] }));
  expect(hasNewMention(inState(1), inState(2), groupId)).toBe(true);
  expect(hasNewMention(inState(1), inState(1), groupId)).toBe(false);
});
