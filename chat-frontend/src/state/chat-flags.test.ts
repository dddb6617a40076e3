import { expect, test } from 'vitest';
import type { ChatFlags, Me } from '../../../chat-core/src/wire/wire.ts';
import {
  after,
  chatId,
  conversation,
  delta,
  groupConversation,
  groupId,
  groupInfo,
  history,
  me,
  message,
  messages,
  start,
} from '../../test/support/factories.ts';
import { chatRows, unreadChats } from './chat-rows.ts';
import { bubblesOf, canWrite, chatTitle, words } from './selectors.ts';
import type { Event, State } from './state.ts';

const own = (more: Partial<Me>): Event => ({ type: 'me', me: { ...me, ...more } });
const flagged = (flags: Omit<ChatFlags, 'conversationId'>, more: Partial<Me> = {}): Event =>
  own({ chats: [{ conversationId: chatId, ...flags }], ...more });
const rowIn = (state: State, now = 0) => chatRows(state, now)[0] ?? expect.fail('no row');

test('an archived chat counts as nothing, and leaves the archive with a newer message unless it is muted', () => {
  const archived = after(...start(3), flagged({ archived: 3 }));
  expect([rowIn(archived).archived, unreadChats(archived, 0)]).toEqual([true, 0]);
  const more = delta({ messages: [message(4)], conversations: [conversation(4, { unread: 4 })] });
  const returned = after(...start(3), flagged({ archived: 3 }), more);
  expect([rowIn(returned).archived, unreadChats(returned, 0)]).toEqual([false, 1]);
  const muted = after(
    ...start(3),
    flagged({ archived: 3 }, { muted: [{ conversationId: chatId, until: 9 }] }),
    more,
  );
  expect([rowIn(muted).archived, unreadChats(muted, 0)]).toEqual([true, 0]);
  expect([rowIn(muted, 10).archived, unreadChats(muted, 10)]).toEqual([false, 1]);
});

test('a chat that was marked as unread counts as one, and as nothing besides its unread messages or while it is muted', () => {
  const read = [...start(3), delta({ conversations: [conversation(3, { unread: 0 })] })];
  const marked = after(...read, flagged({ unread: true }));
  expect([rowIn(marked).marked, rowIn(marked).unread, unreadChats(marked, 0)]).toEqual([true, 0, 1]);
  expect(unreadChats(after(...start(3), flagged({ unread: true })), 0)).toBe(1);
  const muted = after(...read, flagged({ unread: true }, { muted: [{ conversationId: chatId }] }));
  expect(unreadChats(muted, 0)).toBe(0);
});

test('pinned chats come first in the order of the server, whatever is newer', () => {
  const group = groupConversation(1, {
    group: groupInfo(),
    last: message(1, { conversationId: groupId, rev: 99 }),
  });
  const both = [...start(3), delta({ conversations: [group] })];
  const order = (pins: string[]) =>
    chatRows(
      after(
        ...both,
        own({ chats: pins.map((conversationId) => ({ conversationId, pinned: true as const })) }),
      ),
      0,
    ).map(({ id }) => id);
  expect(order([])).toEqual([groupId, chatId]);
  expect(order([chatId])).toEqual([chatId, groupId]);
  expect(order([chatId, groupId])).toEqual([chatId, groupId]);
  expect(order([groupId, chatId])).toEqual([groupId, chatId]);
});

test('a starred message has a star, in its own chat alone', () => {
  const state = after(
    ...start(2),
    history(messages(1, 2)),
    own({
      stars: [
        { conversationId: groupId, seqs: [1] },
        { conversationId: chatId, seqs: [2] },
      ],
    }),
  );
  const chat = state.chats[chatId] ?? expect.fail();
  expect(bubblesOf(state, chat).map(({ seq, starred }) => [seq, starred])).toEqual([
    [1, undefined],
    [2, true],
  ]);
});

test('notes have a name in the language of the page, are always writable, and their messages are sent and never read', () => {
  words.notes = 'Catatan';
  const notes = conversation(1, { members: [me], last: message(1, { senderId: me.id }) });
  const state = after(
    ...start(0),
    delta({ conversations: [notes] }),
    history([message(1, { senderId: me.id })]),
  );
  const chat = state.chats[chatId] ?? expect.fail();
  expect([chatTitle(state, chat), canWrite(state, chat)]).toEqual(['Catatan', true]);
  expect(bubblesOf(state, chat).map(({ tick }) => tick)).toEqual(['sent']);
  expect(rowIn(state)).toMatchObject({ isNotes: true, isGroup: false, name: 'Catatan', online: false });
});
