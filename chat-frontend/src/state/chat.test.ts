import { expect, test } from 'vitest';
import { after, chatId, delta, history, me, message, messages, start } from '../../test/support/factories.ts';
import { missingQuotes } from './chat.ts';
import { type Event, reduce, type State } from './state.ts';

const read = () => after(...start(100), history(messages(91, 100), undefined, 10));
const past = (from: number, to: number, jumped = false): Event => ({
  type: 'jump-window',
  conversationId: chatId,
  before: to + 1,
  messages: messages(from, to),
  limit: 10,
  jumped,
});
const historyAsked: Event = { type: 'history-asked', conversationId: chatId };
const chatOf = (state: State) => state.chats[chatId] ?? expect.fail('no chat');
const seqs = (state: State) => chatOf(state).messages.map(({ seq }) => seq);
const windowSeqs = (state: State) => chatOf(state).jumpWindow?.messages.map(({ seq }) => seq);
const range = (from: number, to: number) => messages(from, to).map(({ seq }) => seq);

test('a page that is jumped to is a range of its own, and the newest range stays as it is', () => {
  const state = reduce(read(), past(21, 30, true));
  expect(windowSeqs(state)).toEqual(range(21, 30));
  expect(seqs(state)).toEqual(range(91, 100));
  const grown = [past(11, 20), past(31, 40), delta({ messages: [message(101)] })].reduce(reduce, state);
  expect(windowSeqs(grown)).toEqual(range(11, 40));
  expect(seqs(grown)).toEqual(range(91, 101));
  expect(
    chatOf(reduce(grown, { type: 'jump-window-left', conversationId: chatId })).jumpWindow,
  ).toBeUndefined();
});

test('a jump window that reaches the newest range is merged with it', () => {
  const state = [past(71, 80, true), past(81, 90)].reduce(reduce, read());
  expect(windowSeqs(state)).toBeUndefined();
  expect(seqs(state)).toEqual(range(71, 100));
});

test('a jump window that reaches both the first and the newest message makes the history complete', () => {
  const few = after(...start(12), history(messages(8, 12), undefined, 5));
  const state = reduce(few, past(1, 7, true));
  expect(seqs(state)).toEqual(range(1, 12));
  expect(chatOf(state).complete).toBe(true);
});

test('a page for a jump window that was left or replaced is ignored', () => {
  const left = [
    past(21, 30, true),
    { type: 'jump-window-left', conversationId: chatId } as const,
    past(31, 40),
  ];
  expect(windowSeqs(left.reduce(reduce, read()))).toBeUndefined();
  const elsewhere = [past(21, 30, true), past(51, 60, true), past(31, 40)];
  expect(windowSeqs(elsewhere.reduce(reduce, read()))).toEqual(range(51, 60));
});

const edited = (seq: number) => message(seq, { content: 'changed', editedAt: 5_000, changedRev: 5_000 });
const content = (state: State, seq: number) =>
  chatOf(state).messages.find((held) => held.seq === seq)?.content;

test('a changed message that is not held makes no gap, and one of the jump window is changed there', () => {
  const state = reduce(reduce(read(), past(21, 30, true)), delta({ messages: [edited(5), edited(25)] }));
  expect(seqs(state)).toEqual(range(91, 100));
  expect(windowSeqs(state)).toEqual(range(21, 30));
  expect(chatOf(state).jumpWindow?.messages[4]?.content).toBe('changed');
});

test('a change that arrives before the page with its message is not undone by the page', () => {
  const first = after(...start(5), historyAsked, delta({ messages: [edited(4)] }), history(messages(1, 5)));
  expect(content(first, 4)).toBe('changed');
  const older = [historyAsked, delta({ messages: [edited(85)] }), history(messages(81, 90), 91, 10)];
  expect(content(older.reduce(reduce, read()), 85)).toBe('changed');
});

test('a deleted message stays deleted when an older answer arrives', () => {
  const gone = message(95, { content: '', deleted: true });
  const state = [delta({ messages: [gone] }), delta({ messages: [edited(95)] })].reduce(reduce, read());
  expect(chatOf(state).messages[4]).toEqual(gone);
  const late: Event = { type: 'changed', message: message(95) };
  expect(chatOf(reduce(state, late)).messages[4]).toEqual(gone);
});

test('an edit is not undone by an older one, and a newer one replaces it', () => {
  const state = reduce(read(), delta({ messages: [edited(95)] }));
  const older: Event = { type: 'changed', message: message(95, { editedAt: 4_000, changedRev: 4_000 }) };
  expect(content(reduce(state, older), 95)).toBe('changed');
  const newer: Event = {
    type: 'changed',
    message: message(95, { content: 'again', editedAt: 6_000, changedRev: 6_000 }),
  };
  expect(content(reduce(state, newer), 95)).toBe('again');
});

test('quoted messages that are not held are missing until they are read, and follow their changes', () => {
  const answer = message(100, { senderId: me.id, replyTo: 7 });
  const near = message(99, { replyTo: 95 });
  const state = reduce(read(), delta({ messages: [near, answer] }));
  expect(missingQuotes(chatOf(state))).toEqual([7]);
  const known = reduce(state, { type: 'others', conversationId: chatId, messages: [message(7)] });
  expect(missingQuotes(chatOf(known))).toEqual([]);
  const gone = message(7, { content: '', deleted: true });
  expect(chatOf(reduce(known, delta({ messages: [gone] }))).others[7]).toEqual(gone);
});
