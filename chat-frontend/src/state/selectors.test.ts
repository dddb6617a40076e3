import { expect, test } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
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
  pending,
  start,
} from '../../test/support/factories.ts';
import type { Chat } from './chat.ts';
import { chatRows, fold, unreadChats } from './chat-rows.ts';
import type { ConnectionStatus } from './connection-status.ts';
import { bubblesOf, canWrite, disconnectedSince, mutedUntil, nameOf, shownConnection } from './selectors.ts';
import { type Event, reduce, type State } from './state.ts';

const chatOf = (state: State): Chat => state.chats[chatId] ?? expect.fail('no chat');

test('a pending message is shown after the stored ones until it is stored itself', () => {
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

test('a chat has the unread count of the server, and none once it was seen here', () => {
  const unread = (state: State) => [chatRows(state, 0)[0]?.unread, unreadChats(state, 0)];
  const fresh = after(...start(3));
  expect(unread(fresh)).toEqual([3, 1]);
  const looked = reduce(fresh, { type: 'seen', conversationId: chatId, seq: 3 });
  expect(unread(looked)).toEqual([0, 0]);
  const late = reduce(looked, delta({ conversations: [conversation(3)] }));
  expect(unread(late)).toEqual([0, 0]);
  const more = [message(4), message(5)];
  const grown = reduce(late, delta({ messages: more, conversations: [conversation(5, { unread: 2 })] }));
  expect(unread(grown)).toEqual([2, 1]);
});

test('reading on another device clears the unread count here', () => {
  const elsewhere = delta({ conversations: [conversation(3, { unread: 0 })], marks: [mark(3, 3, me.id)] });
  expect(unreadChats(after(...start(3), elsewhere), 0)).toBe(0);
});

test('own messages have a tick by their seq, which never goes back', () => {
  const own = [1, 2, 3, 4].map((seq) => message(seq, { senderId: me.id }));
  const ticks = (state: State) => bubblesOf(state, chatOf(state)).map(({ tick }) => tick);
  const read = after(...start(0), delta({ conversations: [conversation(4)] }), history([...own, message(5)]));
  expect(ticks(read)).toEqual(['sent', 'sent', 'sent', 'sent', undefined]);
  const steps: [Event, string[]][] = [
    [delta({ marks: [mark(3, 0)] }), ['delivered', 'delivered', 'delivered', 'sent']],
    [delta({ marks: [mark(4, 2)] }), ['read', 'read', 'delivered', 'delivered']],
    [delta({ marks: [mark(1, 1)] }), ['read', 'read', 'delivered', 'delivered']],
    [delta({ marks: [mark(4, 4)] }), ['read', 'read', 'read', 'read']],
  ];
  let state = read;
  for (const [event, expected] of steps) {
    state = reduce(state, event);
    expect(ticks(state)).toEqual([...expected, undefined]);
  }
});

test('the own receipt does not change the ticks of own messages', () => {
  const last = message(3, { senderId: me.id });
  const state = after(...start(2), { type: 'sent', message: last }, delta({ marks: [mark(3, 3, me.id)] }));
  expect(chatRows(state, 0)[0]?.tick).toBe('sent');
});

test('a chat row has a tick when its newest message is an own one', () => {
  const tick = (state: State) => chatRows(state, 0)[0]?.tick;
  const theirs = after(...start(2), delta({ marks: [mark(2, 2)] }));
  expect(tick(theirs)).toBeUndefined();
  const waiting = reduce(theirs, { type: 'outbox', entries: [pending('m3', { status: 'failed' })] });
  expect(tick(waiting)).toBe('failed');
  const stored = reduce(waiting, { type: 'sent', message: message(3, { senderId: me.id }) });
  expect(tick(stored)).toBe('sent');
  expect(tick(reduce(stored, delta({ marks: [mark(3, 2)] })))).toBe('delivered');
  const read = reduce(stored, delta({ marks: [mark(3, 3)] }));
  expect(tick(read)).toBe('read');
  const next = pending('m4', { status: 'waiting' });
  expect(tick(reduce(read, { type: 'outbox', entries: [next] }))).toBe('waiting');
});

test('the chat list has the latest conversation first and finds names without case and diacritics', () => {
  const citra = { id: 'citra', username: 'Çitra' };
  const second = conversation(0, {
    id: 'chat-2',
    members: [me, citra],
    last: message(1, { timestamp: 99_000, rev: 99 }),
  });
  const third = conversation(0, { id: 'chat-3', members: [me, { id: 'adi', username: 'adi' }] });
  const state = after(...start(3), delta({ conversations: [third, second] }));
  expect(chatRows(state, 0).map(({ name }) => name)).toEqual(['Çitra', 'Budi', 'adi']);
  expect(chatRows(state, 0, ' CITRA ').map(({ name }) => name)).toEqual(['Çitra']);
  expect(chatRows(state, 0, 'zz')).toEqual([]);
  for (const filter of ['@budi', '＠bud', ' @BUDI '])
    expect(chatRows(state, 0, filter).map(({ name }) => name)).toEqual(['Budi']);
});

test('the chat list is in the order of change, whatever the clocks say', () => {
  const dated = (id: string, rev: number, timestamp: number) =>
    conversation(1, { id, members: [me, { id, username: id }], last: message(1, { rev, timestamp }) });
  const list = [
    dated('of-2036', 5, Date.UTC(2036, 0, 1)),
    dated('of-1970', 7, 0),
    dated('today', 6, Date.UTC(2026, 10, 28)),
  ];
  const state = after(...start(0), delta({ reset: true, conversations: list }));
  const names = (of: State) => chatRows(of, 0).map(({ id }) => id);
  expect(names(state)).toEqual(['of-1970', 'today', 'of-2036']);

  // A pending message comes first, whatever the clock of this browser says.
  const entries = [pending('new', { conversationId: 'of-2036', at: 5 })];
  expect(names(reduce(state, { type: 'outbox', entries }))[0]).toBe('of-2036');
});

test('a chat with a failed message is placed by the time it was written', () => {
  const chats = ['older', 'newer', 'mine'].map((id, n) =>
    conversation(n < 2 ? 1 : 0, {
      id,
      members: [me, { id, username: id }],
      ...(n < 2 ? { last: message(1, { timestamp: 10 * (n + 1), rev: n + 5 }) } : {}),
    }),
  );
  const entries = [pending('new', { conversationId: 'mine', status: 'failed', at: 15 })];
  const state = after(...start(0), delta({ reset: true, conversations: chats }), { type: 'outbox', entries });
  expect(chatRows(state, 0).map(({ id }) => id)).toEqual(['newer', 'mine', 'older']);
});

test('chats stored by an earlier version of the page come after those that changed since, by their times', () => {
  const { rev: _, ...old } = message(1, { timestamp: 90_000 });
  const stored = ['a', 'b'].map((id, n) => ({
    ...conversation(1, { id, members: [me, { id, username: id }] }),
    last: { ...old, timestamp: 90_000 + n } as Message,
  }));
  const state = after(...start(1), delta({ conversations: stored }));
  expect(chatRows(state, 0).map(({ id }) => id)).toEqual([chatId, 'b', 'a']);
});

test('a chat row shows a pending message before the newest stored one', () => {
  const state = after(...start(3), { type: 'outbox', entries: [pending('new words', { at: 50_000 })] });
  expect(chatRows(state, 0)[0]).toMatchObject({
    preview: 'new words',
    own: true,
    tick: 'sending',
    name: budi.username,
  });
});

test('folding ignores case, marks and width', () => {
  expect(fold('  Ḍéwi ＡＢＣ ')).toBe('dewi abc');
});

test('the banner shows that the cipher is unavailable by the messages that wait for it', () => {
  const held = pending('x', { status: 'waiting', reason: 'CIPHER_UNAVAILABLE' });
  const state = after(...start(1), { type: 'outbox', entries: [held] });
  expect(shownConnection(state)).toBe('cipher');
  expect(shownConnection({ ...state, connection: 'offline' })).toBe('offline');
  expect(shownConnection({ ...state, outbox: [] })).toBe('ok');
});

test('the start of an outage stays the same until the connection is back, however its cause changes', () => {
  const link = (link: ConnectionStatus, at: number): Event => ({ type: 'connection', status: link, at });
  const wrong = after(...start(1), link('unreachable', 5), link('tunnel', 9));
  expect(disconnectedSince(wrong)).toBe(5);
  const well = reduce(wrong, link('ok', 12));
  expect(disconnectedSince(well)).toBeUndefined();
  expect(disconnectedSince(reduce(well, link('offline', 20)))).toBe(20);
});

const gone = (seq: number) => message(seq, { content: '', deleted: true });
const shownOf = (state: State) => bubblesOf(state, chatOf(state));

test('a message deleted for everyone leaves a placeholder, one deleted for oneself leaves none', () => {
  const hidden = message(2, { content: '', hidden: true });
  const state = after(...start(3), history([gone(1), hidden, message(3, { editedAt: 9 })]));
  expect(shownOf(state)).toMatchObject([
    { seq: 1, deleted: true },
    { seq: 3, edited: true },
  ]);
  const leaving = reduce(state, { type: 'pending-deletions', ids: ['m3'] });
  expect(shownOf(leaving).map(({ seq }) => seq)).toEqual([1]);
});

test('a deleted message has no tick, no quote and no mark of an edit', () => {
  const own = { ...gone(2), senderId: me.id, editedAt: 5, replyTo: 1 };
  const [bubble] = shownOf(after(...start(2), history([own])));
  expect(Object.keys(bubble ?? {}).sort()).toEqual(['at', 'deleted', 'id', 'own', 'senderId', 'seq', 'text']);
});

test('a reply quotes the current text of a message, or that it was deleted', () => {
  const list = [message(1), gone(2), message(3, { locked: true, content: '' })];
  const answers = [1, 2, 3, 99].map((replyTo, at) => message(4 + at, { replyTo, senderId: me.id }));
  const state = after(...start(7), history([...list, ...answers], undefined, 10));
  const quotes = (now: State) => shownOf(now).flatMap(({ quote }) => (quote ? [quote] : []));
  expect(quotes(state)).toEqual([
    { seq: 1, kind: 'text', senderId: 'budi', own: false, text: 'text 1' },
    { seq: 2, kind: 'gone' },
    { seq: 3, kind: 'locked' },
    { seq: 99, kind: 'missing' },
  ]);
  const deleted = reduce(state, delta({ messages: [gone(1)] }));
  expect(quotes(deleted)[0]).toEqual({ seq: 1, kind: 'gone' });
});

test('a chat row shows the newest message that is not hidden', () => {
  const read = after(...start(3), history(messages(1, 3)));
  expect(chatRows(read, 0)[0]?.preview).toBe('text 3');
  expect(chatRows(reduce(read, { type: 'pending-deletions', ids: ['m3'] }), 0)[0]?.preview).toBe('text 2');
  expect(chatRows(reduce(read, delta({ messages: [gone(3)] })), 0)[0]).toMatchObject({
    preview: '',
    deleted: true,
  });
});

test('a person has the display name, else the username, and is found by both', () => {
  const named = { ...budi, displayName: 'Pak Haji' };
  const state = after(...start(1), delta({ friends: [named] }));
  expect(chatRows(state, 0, 'haji').map(({ name }) => name)).toEqual(['Pak Haji']);
  expect(chatRows(state, 0, 'budi').map(({ name }) => name)).toEqual(['Pak Haji']);
  expect(nameOf({ ...named, displayName: '' })).toBe('Budi');
});

test('only friends can be written to', () => {
  const state = after(...start(1));
  expect(canWrite(state, chatOf(state))).toBe(true);
  const removed = reduce(state, delta({ gone: { friends: [budi.id] } }));
  expect(canWrite(removed, chatOf(removed))).toBe(false);
});

test('a muted conversation is shown as muted and does not count as unread, until the mute ends', () => {
  const privacy = { lastSeen: 'contacts', typing: 'contacts', readReceipts: true } as const;
  const muted = (until?: number) =>
    after(...start(3), {
      type: 'me',
      me: { ...me, privacy, muted: [{ conversationId: chatId, ...(until === undefined ? {} : { until }) }] },
    });
  const at = (state: State, now: number) => [
    mutedUntil(state, chatId, now),
    chatRows(state, now)[0]?.muted,
    chatRows(state, now)[0]?.unread,
    unreadChats(state, now),
  ];
  expect(at(after(...start(3)), 0)).toEqual([undefined, false, 3, 1]);
  expect(at(muted(), 5)).toEqual([true, true, 3, 0]);
  expect(at(muted(6), 5)).toEqual([6, true, 3, 0]);
  expect(at(muted(5), 5)).toEqual([undefined, false, 3, 1]);
  // A mute of ten years was set while the clock of the server was ahead; its end is unknown.
  expect(at(muted(Date.UTC(1980, 0, 1)), 5)).toEqual([undefined, false, 3, 1]);
});
