import { expect, test } from 'vitest';
import {
  after,
  budi,
  chatId,
  citra,
  conversation,
  delta,
  groupConversation,
  groupId,
  groupInfo,
  inGroup,
  message,
  messages,
  pending,
  start,
} from '../../test/support/factories.ts';
import { type Event, reduce, type State } from './state.ts';

const joined = delta({ conversations: [groupConversation(3)] });
const page = (from: number, to: number): Event => ({
  type: 'history',
  conversationId: groupId,
  before: undefined,
  messages: messages(from, to).map(inGroup),
  limit: 40,
});
const seqs = (state: State) => state.chats[groupId]?.messages.map(({ seq }) => seq);

test('a group that this person has left is gone with its messages, drafts, unsent messages and edits, and nothing else is', () => {
  const inBoth = (name: string) => [
    pending(`${name} 1`, { conversationId: groupId }),
    pending(`${name} 2`, { conversationId: chatId }),
  ];
  const change = { seq: 1, kind: 'edit', text: 'x', at: 0 } as const;
  const before = after(
    ...start(2),
    joined,
    page(1, 3),
    { type: 'drafts', drafts: { [groupId]: { text: 'half' }, [chatId]: { text: 'other' } } },
    { type: 'outbox', entries: inBoth('out') },
    {
      type: 'mutations',
      mutations: [
        { ...change, conversationId: groupId },
        { ...change, conversationId: chatId },
      ],
    },
    delta({ typing: [{ conversationId: groupId, userId: citra.id, forMs: 5_000 }] }),
  );
  expect(before.people[citra.id]).toEqual(citra);
  const left = reduce(before, delta({ gone: { conversations: [groupId] } }));
  expect(Object.keys(left.chats)).toEqual([chatId]);
  expect(Object.keys(left.people).sort()).toEqual([budi.id, 'me']);
  expect(left.drafts).toEqual({ [chatId]: { text: 'other' } });
  expect(left.outbox.map(({ id }) => id)).toEqual(['out 2']);
  expect(left.mutations.map(({ conversationId }) => conversationId)).toEqual([chatId]);
  expect(left.typing).toEqual({});
});

test('a group that a whole state of the server lacks is gone too, with its draft', () => {
  const state = after(
    ...start(2),
    joined,
    { type: 'draft', conversationId: groupId, draft: { text: 'half' } },
    { type: 'draft', conversationId: chatId, draft: { text: 'other' } },
    delta({ reset: true, friends: [budi], conversations: [conversation(2)] }),
  );
  expect(Object.keys(state.chats)).toEqual([chatId]);
  expect(state.drafts).toEqual({ [chatId]: { text: 'other' } });
});

test('a person who left a group and has joined it again within one answer keeps nothing from before', () => {
  // What was before can be read again, but not as it was held here.
  const group = groupInfo({ fromSeq: 1, joinedSeq: 5 });
  const state = after(
    ...start(0),
    joined,
    page(1, 3),
    delta({
      gone: { conversations: [groupId] },
      conversations: [groupConversation(6, { group, unread: 0, last: inGroup(message(6)) })],
      messages: [inGroup(message(6))],
    }),
  );
  expect(seqs(state)).toEqual([]);
  expect(state.chats[groupId]).toMatchObject({ loaded: false, last: { seq: 6 } });
});

test('messages from before those that this person may read are dropped, also from an answer that comes late', () => {
  const group = groupInfo({ fromSeq: 3 });
  const state = after(
    ...start(0),
    joined,
    page(1, 3),
    delta({ conversations: [groupConversation(3, { group })] }),
    page(1, 3),
    { type: 'others', conversationId: groupId, messages: [inGroup(message(2))] },
  );
  expect(seqs(state)).toEqual([3]);
  expect(state.chats[groupId]).toMatchObject({ others: {}, complete: true });
});
