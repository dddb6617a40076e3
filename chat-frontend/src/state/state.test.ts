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
const asked: Event = { type: 'history-asked', conversationId: chatId };

test('the first answer brings people and conversations, and no messages', () => {
  const state = after(...start(9));
  expect(state.ready).toBe(true);
  expect(state.friends).toEqual([budi]);
  expect(state.chats[chatId]).toMatchObject({ loaded: false, lastSeq: 9, last: { seq: 9 } });
  expect(seqs(state)).toEqual([]);
});

test('a message for a chat that was not read yet moves its preview and leaves no hole to show', () => {
  const state = after(...start(9), delta({ messages: [message(10)] }));
  expect(state.chats[chatId]).toMatchObject({ lastSeq: 10, last: { seq: 10 } });
  expect(seqs(state)).toEqual([]);
});

test('messages are applied by seq: twice is once, and order of arrival does not matter', () => {
  const read = after(...start(3), asked, history(messages(1, 3)));
  const forth = [delta({ messages: [message(4)] }), delta({ messages: [message(5)] })].reduce(reduce, read);
  const back = [delta({ messages: [message(5)] }), delta({ messages: [message(4), message(5)] })].reduce(
    reduce,
    read,
  );
  expect(seqs(forth)).toEqual([1, 2, 3, 4, 5]);
  expect(back.chats).toEqual(forth.chats);
});

test('a message that arrives while the history is on its way is kept', () => {
  const state = after(...start(3), asked, delta({ messages: [message(4)] }), history(messages(1, 3)));
  expect(seqs(state)).toEqual([1, 2, 3, 4]);
});

test('a failed first read that is repeated later leaves no hole', () => {
  const failed: Event = { type: 'history-failed', conversationId: chatId, code: 'NETWORK' };
  const state = after(
    ...start(3),
    asked,
    delta({ messages: [message(4)] }),
    failed,
    asked,
    history(messages(6, 10)),
  );
  expect(seqs(state)).toEqual([6, 7, 8, 9, 10]);
});

test('older pages go in front until the first message is there', () => {
  const first = after(...start(9), asked, history(messages(5, 9)));
  expect(first.chats[chatId]?.complete).toBe(false);
  const second = reduce(first, history(messages(1, 4), 5));
  expect(seqs(second)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(second.chats[chatId]?.complete).toBe(true);
});

test('a page that ends exactly at the first message is known to be the last', () => {
  expect(after(...start(5), asked, history(messages(1, 5))).chats[chatId]?.complete).toBe(true);
});

test('a reset keeps what is read on the screen until the history is read again, then gives way to it', () => {
  const read = after(...start(9), asked, history(messages(5, 9)));
  const reset = reduce(read, delta({ reset: true, me, friends: [], conversations: [conversation(7)] }));
  expect(reset.friends).toEqual([]);
  expect(reset.chats[chatId]).toMatchObject({ loaded: false, lastSeq: 7 });
  expect(seqs(reset)).toEqual([5, 6, 7]);
  const changed = message(7, { content: 'from the backup' });
  const again = [asked, delta({ messages: [message(8)] }), history([message(6), changed])].reduce(
    reduce,
    reset,
  );
  expect(seqs(again)).toEqual([6, 7, 8]);
  expect(again.chats[chatId]?.messages[1]?.content).toBe('from the backup');
});

test('an older page that was asked for before a reset does not pass for the newest one', () => {
  const read = after(...start(9), asked, history(messages(5, 9)), asked);
  const reset = reduce(read, delta({ reset: true, me, friends: [], conversations: [conversation(20)] }));
  const late = reduce(reset, history(messages(1, 4), 5));
  expect(late.chats[chatId]?.loaded).toBe(false);
  expect(seqs([asked, history(messages(16, 20))].reduce(reduce, late))).toEqual([16, 17, 18, 19, 20]);
});

test('a reset removes what the box does not know any more', () => {
  const state = after(...start(3), delta({ reset: true, me, friends: [], conversations: [] }));
  expect(state.chats).toEqual({});
});

test('an answer to a send and the poll that brings the same message make one bubble', () => {
  const read = after(...start(3), asked, history(messages(1, 3)));
  const own = message(4, { id: 'mine', senderId: me.id });
  const state = [{ type: 'sent', message: own } as const, delta({ messages: [own] })].reduce(reduce, read);
  expect(seqs(state)).toEqual([1, 2, 3, 4]);
});

test('an older preview never replaces a newer one', () => {
  const state = after(...start(9), delta({ conversations: [conversation(4)] }));
  expect(state.chats[chatId]).toMatchObject({ lastSeq: 9, last: { seq: 9 } });
});

test('what others received and read never goes back, whatever order it comes in', () => {
  const state = after(
    ...start(9),
    delta({ marks: [mark(9, 7)] }),
    delta({ marks: [mark(8, 3), mark(5, 5, me.id)] }),
  );
  expect(state.chats[chatId]?.receipts).toEqual({ budi: mark(9, 7), me: mark(5, 5, me.id) });
});

test('one’s own read mark is what the box said last, so that a lost one can be told again', () => {
  const told = { ...mark(9, 9, me.id), unread: 0 };
  const read = after(...start(9), { type: 'read', answer: told });
  expect(read.chats[chatId]).toMatchObject({ unread: 0, receipts: { me: { read: 9 } } });
  const lost = reduce(read, delta({ marks: [mark(9, 4, me.id)], conversations: [conversation(9)] }));
  expect(lost.chats[chatId]).toMatchObject({ unread: 9, receipts: { me: { read: 4 } } });
});

test('marks come with the whole state, and do not outlive it', () => {
  const whole = { reset: true as const, me, friends: [budi], conversations: [conversation(9)] };
  const state = after(...start(9), delta({ marks: [mark(9, 9)] }), delta({ ...whole, marks: [mark(4, 2)] }));
  expect(state.chats[chatId]?.receipts).toEqual({ budi: mark(4, 2) });
});

test('what was looked at here only goes forward, and asking twice changes nothing', () => {
  const seen = (seq: number): Event => ({ type: 'seen', conversationId: chatId, seq });
  const state = after(...start(9), seen(7));
  expect(state.chats[chatId]?.seen).toBe(7);
  expect(reduce(state, seen(7))).toBe(state);
  expect(reduce(state, seen(3))).toBe(state);
  expect(reduce(state, { ...seen(3), conversationId: 'elsewhere' } as Event)).toBe(state);
});

test('what was looked at beyond the end of a restored backup was not', () => {
  const looked = after(...start(9), { type: 'seen', conversationId: chatId, seq: 9 });
  const reset = reduce(looked, delta({ reset: true, me, friends: [], conversations: [conversation(7)] }));
  expect(reset.chats[chatId]?.seen).toBe(7);
});

test('back in touch, a history that failed may be read again', () => {
  const failed: Event = { type: 'history-failed', conversationId: chatId, code: 'NETWORK' };
  const state = after(...start(3), { type: 'connection', status: 'unreachable', at: 0 }, asked, failed, {
    type: 'connection',
    status: 'ok',
    at: 0,
  });
  expect(state.chats[chatId]).not.toHaveProperty('failure');
});

test('what is for a conversation nobody knows changes nothing', () => {
  const state = after(...start(3));
  expect(reduce(state, history(messages(1, 2), undefined)).chats[chatId]?.messages).toHaveLength(2);
  const strange = { ...message(1), conversationId: 'elsewhere' };
  const elsewhere = { ...mark(3, 3), conversationId: 'elsewhere' };
  expect(reduce(state, delta({ messages: [strange], marks: [elsewhere] })).chats).toEqual(state.chats);
});

test('logging out leaves nothing of the account', () => {
  expect(after(...start(3), { type: 'signed-out' })).toEqual(signedOut);
});

test('what was kept is shown before the box has answered, and its answers go on from there', () => {
  const { me: my, people, friends, requests, blocked } = after(...start(3));
  const marks = { [budi.id]: mark(3, 2) };
  const chats = [{ ...conversation(3), marks, seen: 3 }];
  const kept = { me: my, people, friends, requests, blocked };
  const signedIn: Event = { type: 'signed-in', me, drafts: { [chatId]: { text: 'half' } } };
  const opened = after(signedIn, { type: 'snapshot', people: kept, chats });
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
  const later = reduce(opened, delta({ messages: [message(4)] }));
  expect(later.live).toBe(true);
  expect(later.chats[chatId]?.last?.seq).toBe(4);
});

test('what is kept counts as how things stand once the box says that nothing changed', () => {
  const before = reduce(signedOut, { type: 'up-to-date' });
  expect(before).toBe(signedOut);
  const kept = { ...signedOut, ready: true };
  const now = reduce(kept, { type: 'up-to-date' });
  expect(now.live).toBe(true);
  expect(reduce(now, { type: 'up-to-date' })).toBe(now);
});
