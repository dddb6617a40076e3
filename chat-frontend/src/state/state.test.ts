import { expect, test } from 'vitest';
import {
  after,
  budi,
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
import { type Event, reduce, type State, signedOut } from './state.ts';

const seqs = (state: State) => state.chats[chatId]?.messages.map(({ seq }) => seq);
const historyAsked: Event = { type: 'history-asked', conversationId: chatId };

test('the first answer contains people and conversations, and no messages', () => {
  const state = after(...start(9));
  expect(state.ready).toBe(true);
  expect(state.friends).toEqual([budi]);
  expect(state.chats[chatId]).toMatchObject({ loaded: false, lastSeq: 9, last: { seq: 9 } });
  expect(seqs(state)).toEqual([]);
});

test('a message for a chat whose history is not loaded changes its preview and leaves no gap', () => {
  const state = after(...start(9), delta({ messages: [message(10)] }));
  expect(state.chats[chatId]).toMatchObject({ lastSeq: 10, last: { seq: 10 } });
  expect(seqs(state)).toEqual([]);
});

test('messages are applied by seq, idempotently and in any order', () => {
  const read = after(...start(3), historyAsked, history(messages(1, 3)));
  const forth = [delta({ messages: [message(4)] }), delta({ messages: [message(5)] })].reduce(reduce, read);
  const back = [delta({ messages: [message(5)] }), delta({ messages: [message(4), message(5)] })].reduce(
    reduce,
    read,
  );
  expect(seqs(forth)).toEqual([1, 2, 3, 4, 5]);
  expect(back.chats).toEqual(forth.chats);
});

test('a message that arrives while the history is being requested stays', () => {
  const state = after(...start(3), historyAsked, delta({ messages: [message(4)] }), history(messages(1, 3)));
  expect(seqs(state)).toEqual([1, 2, 3, 4]);
});

test('a failed first read of the history that is repeated leaves no gap', () => {
  const failed: Event = { type: 'history-failed', conversationId: chatId, code: 'NETWORK' };
  const state = after(
    ...start(3),
    historyAsked,
    delta({ messages: [message(4)] }),
    failed,
    historyAsked,
    history(messages(6, 10)),
  );
  expect(seqs(state)).toEqual([6, 7, 8, 9, 10]);
});

test('older pages are added in front until the first message is there', () => {
  const first = after(...start(9), historyAsked, history(messages(5, 9)));
  expect(first.chats[chatId]?.complete).toBe(false);
  const second = reduce(first, history(messages(1, 4), 5));
  expect(seqs(second)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(second.chats[chatId]?.complete).toBe(true);
});

test('a page that ends exactly at the first message is known to be the last', () => {
  expect(after(...start(5), historyAsked, history(messages(1, 5))).chats[chatId]?.complete).toBe(true);
});

test('after a reset the shown messages stay until the history is read again, which replaces them', () => {
  const read = after(...start(9), historyAsked, history(messages(5, 9)));
  const reset = reduce(read, delta({ reset: true, me, friends: [], conversations: [conversation(7)] }));
  expect(reset.friends).toEqual([]);
  expect(reset.chats[chatId]).toMatchObject({ loaded: false, lastSeq: 7 });
  expect(seqs(reset)).toEqual([5, 6, 7]);
  const changed = message(7, { content: 'from the backup' });
  const again = [historyAsked, delta({ messages: [message(8)] }), history([message(6), changed])].reduce(
    reduce,
    reset,
  );
  expect(seqs(again)).toEqual([6, 7, 8]);
  expect(again.chats[chatId]?.messages[1]?.content).toBe('from the backup');
});

test('an older page that was requested before a reset does not count as the newest one', () => {
  const read = after(...start(9), historyAsked, history(messages(5, 9)), historyAsked);
  const reset = reduce(read, delta({ reset: true, me, friends: [], conversations: [conversation(20)] }));
  const late = reduce(reset, history(messages(1, 4), 5));
  expect(late.chats[chatId]?.loaded).toBe(false);
  expect(seqs([historyAsked, history(messages(16, 20))].reduce(reduce, late))).toEqual([16, 17, 18, 19, 20]);
});

test('a reset removes conversations that the server no longer has', () => {
  const state = after(...start(3), delta({ reset: true, me, friends: [], conversations: [] }));
  expect(state.chats).toEqual({});
});

test('the answer to a send and the poll with the same message make one bubble', () => {
  const read = after(...start(3), historyAsked, history(messages(1, 3)));
  const own = message(4, { id: 'mine', senderId: me.id });
  const state = [{ type: 'sent', message: own } as const, delta({ messages: [own] })].reduce(reduce, read);
  expect(seqs(state)).toEqual([1, 2, 3, 4]);
});

test('an older preview never replaces a newer one', () => {
  const state = after(...start(9), delta({ conversations: [conversation(4)] }));
  expect(state.chats[chatId]).toMatchObject({ lastSeq: 9, last: { seq: 9 } });
});

test('receipts of others never go back, whatever order they arrive in', () => {
  const state = after(
    ...start(9),
    delta({ marks: [mark(9, 7)] }),
    delta({ marks: [mark(8, 3), mark(5, 5, me.id)] }),
  );
  expect(state.chats[chatId]?.receipts).toEqual({ budi: mark(9, 7), me: mark(5, 5, me.id) });
});

test('the own read receipt is what the server sent last, so that a lost one is sent again', () => {
  const answer = { ...mark(9, 9, me.id), unread: 0 };
  const read = after(...start(9), { type: 'read', answer });
  expect(read.chats[chatId]).toMatchObject({ unread: 0, receipts: { me: { read: 9 } } });
  const lost = reduce(read, delta({ marks: [mark(9, 4, me.id)], conversations: [conversation(9)] }));
  expect(lost.chats[chatId]).toMatchObject({ unread: 9, receipts: { me: { read: 4 } } });
});

test('a reset replaces all receipts', () => {
  const whole = { reset: true as const, me, friends: [budi], conversations: [conversation(9)] };
  const state = after(...start(9), delta({ marks: [mark(9, 9)] }), delta({ ...whole, marks: [mark(4, 2)] }));
  expect(state.chats[chatId]?.receipts).toEqual({ budi: mark(4, 2) });
});

test('the seen position only goes forward, and repeating it changes nothing', () => {
  const seen = (seq: number): Event => ({ type: 'seen', conversationId: chatId, seq });
  const state = after(...start(9), seen(7));
  expect(state.chats[chatId]?.seen).toBe(7);
  expect(reduce(state, seen(7))).toBe(state);
  expect(reduce(state, seen(3))).toBe(state);
  expect(reduce(state, { ...seen(3), conversationId: 'elsewhere' } as Event)).toBe(state);
});

test('the seen position does not exceed the end of a restored backup', () => {
  const seen = after(...start(9), { type: 'seen', conversationId: chatId, seq: 9 });
  const reset = reduce(seen, delta({ reset: true, me, friends: [], conversations: [conversation(7)] }));
  expect(reset.chats[chatId]?.seen).toBe(7);
});

test('a history that failed may be read again when the connection is back', () => {
  const failed: Event = { type: 'history-failed', conversationId: chatId, code: 'NETWORK' };
  const state = after(
    ...start(3),
    { type: 'connection', status: 'unreachable', at: 0 },
    historyAsked,
    failed,
    {
      type: 'connection',
      status: 'ok',
      at: 0,
    },
  );
  expect(state.chats[chatId]).not.toHaveProperty('failure');
});

test('an event for an unknown conversation changes nothing', () => {
  const state = after(...start(3));
  expect(reduce(state, history(messages(1, 2), undefined)).chats[chatId]?.messages).toHaveLength(2);
  const strange = { ...message(1), conversationId: 'elsewhere' };
  const elsewhere = { ...mark(3, 3), conversationId: 'elsewhere' };
  expect(reduce(state, delta({ messages: [strange], marks: [elsewhere] })).chats).toEqual(state.chats);
});

test('a logout leaves nothing of the account', () => {
  expect(after(...start(3), { type: 'signed-out' })).toEqual(signedOut);
});

test('the snapshot is shown before the server has answered, and its answers are applied to it', () => {
  const { me: my, people, friends, requests, blocked } = after(...start(3));
  const marks = { [budi.id]: mark(3, 2) };
  const chats = [{ ...conversation(3), marks, seen: 3 }];
  const stored = { me: my, people, friends, requests, blocked };
  const signedIn: Event = { type: 'signed-in', me, drafts: { [chatId]: { text: 'half' } } };
  const opened = after(signedIn, { type: 'snapshot', people: stored, chats });
  expect(opened).toMatchObject({
    ready: true,
    live: false,
    friends: [budi],
    drafts: { [chatId]: { text: 'half' } },
  });
  expect(opened.chats[chatId]).toMatchObject({
    lastSeq: 3,
    seen: 3,
    receipts: marks,
    loaded: false,
    messages: [],
  });
  const next = reduce(opened, delta({ messages: [message(4)] }));
  expect(next.live).toBe(true);
  expect(next.chats[chatId]?.last?.seq).toBe(4);
});

test('the snapshot counts as current once the server answers that nothing changed', () => {
  const before = reduce(signedOut, { type: 'up-to-date' });
  expect(before).toBe(signedOut);
  const stored = { ...signedOut, ready: true };
  const now = reduce(stored, { type: 'up-to-date' });
  expect(now.live).toBe(true);
  expect(reduce(now, { type: 'up-to-date' })).toBe(now);
});
