import { expect, test } from 'vitest';
import type {
  GroupEvent,
  GroupPermissions,
  GroupRole,
  Me,
  Message,
} from '../../../chat-core/src/wire/wire.ts';
import {
  after,
  budi,
  citra,
  delta,
  groupConversation,
  groupId,
  groupInfo,
  inGroup,
  me,
  message,
  messages,
  pending,
  start,
} from '../../test/support/factories.ts';
import { chatRows, unreadChats } from './chat-rows.ts';
import { readUpTo } from './receipts.ts';
import { bubblesOf, canWrite, chatTitle, companion, faceOf, isAllowed, typingIn } from './selectors.ts';
import type { Event, State } from './state.ts';
import { unreadElsewhere } from './unread-elsewhere.ts';

const chatOf = (state: State) => state.chats[groupId] ?? expect.fail('no group');
const page = (list: Message[]): Event => ({
  type: 'history',
  conversationId: groupId,
  before: undefined,
  messages: list.map(inGroup),
  limit: 40,
});
const inState = (lastSeq = 3, more: Parameters<typeof groupConversation>[1] = {}, ...events: Event[]) =>
  after(...start(0), delta({ conversations: [groupConversation(lastSeq, more)] }), ...events);
const rowOf = (state: State, filter = '') => chatRows(state, 0, filter).find(({ id }) => id === groupId);

test('a group is called by its name, has no single other person, and is found by its name', () => {
  const state = inState();
  expect([chatTitle(state, chatOf(state)), companion(state, chatOf(state))]).toEqual(['Keluarga', undefined]);
  expect(faceOf(state, chatOf(state))).toEqual({ id: groupId, username: 'Keluarga' });
  expect(rowOf(state, 'kELU')).toMatchObject({ name: 'Keluarga', isGroup: true });
  expect(rowOf(state, 'budi')).toBeUndefined();
});

test('a group whose name was lost is called by its members', () => {
  const state = inState(1, { group: groupInfo({ name: '' }) });
  const names = `${me.username}, Budi, Citra`;
  expect([chatTitle(state, chatOf(state)), rowOf(state, 'citra')?.name]).toEqual([names, names]);
});

test('what is known of a group stays while a delta does not mention it, and is replaced by what is sent', () => {
  const { group: _, ...changed } = groupConversation(4, { unread: 1, mentions: 1 });
  const state = inState(3, {}, delta({ conversations: [changed] }));
  expect(chatOf(state)).toMatchObject({
    group: { name: 'Keluarga' },
    members: [me, budi, citra].map(({ id }) => ({ id })),
    mentions: 1,
  });
  const { mentions: __, ...read } = changed;
  const renamed = inState(
    3,
    {},
    delta({ conversations: [changed] }),
    delta({ conversations: [{ ...read, unread: 0, group: groupInfo({ name: 'Keluarga Besar' }) }] }),
  );
  expect(chatOf(renamed).group?.name).toBe('Keluarga Besar');
  expect(chatOf(renamed)).not.toHaveProperty('mentions');
});

test('only admins write in a group whose permissions say so', () => {
  const permissions: GroupPermissions = { ...groupInfo().permissions, post: 'admins' };
  const as = (role: GroupRole, post: GroupPermissions['post'] = 'admins') => {
    const members = groupInfo().members.map((one) => (one.id === me.id ? { ...one, role } : one));
    const state = inState(3, { group: groupInfo({ members, permissions: { ...permissions, post } }) });
    return canWrite(state, chatOf(state));
  };
  expect([as('member'), as('admin'), as('owner'), as('member', 'everyone')]).toEqual([
    false,
    true,
    true,
    true,
  ]);
  const state = inState();
  expect(isAllowed(state, chatOf(state), 'removeMessages')).toBe(false);
  expect(isAllowed(state, Object.values(after(...start(1)).chats)[0] ?? expect.fail(), 'post')).toBe(false);
});

test('the ticks of a group never go back', () => {
  const receipt = (delivered: number, read: number) =>
    delta({ groupReceipts: [{ conversationId: groupId, delivered, read }] });
  const own = page(messages(1, 3).map((one) => ({ ...one, senderId: me.id })));
  const ticks = (...events: Event[]) => {
    const state = inState(3, {}, own, ...events);
    return bubblesOf(state, chatOf(state)).map(({ tick }) => tick);
  };
  expect(ticks()).toEqual(['sent', 'sent', 'sent']);
  expect(ticks(receipt(2, 1))).toEqual(['read', 'delivered', 'sent']);
  expect(ticks(receipt(2, 1), receipt(1, 0))).toEqual(['read', 'delivered', 'sent']);
});

test('system rows are neither unread nor own nor ticked, and what was sent before one joined is not unread', () => {
  const event: GroupEvent = { type: 'added', userIds: [me.id] };
  const list = [message(1), message(2), { ...message(3, { senderId: me.id }), event }];
  const state = inState(
    3,
    { group: groupInfo({ joinedSeq: 2 }), last: inGroup(list[2] as Message) },
    page(list),
  );
  expect(readUpTo(chatOf(state), me.id)).toBe(2);
  expect(bubblesOf(state, chatOf(state)).at(-1)).toMatchObject({ event });
  expect(bubblesOf(state, chatOf(state)).at(-1)).not.toHaveProperty('tick');
  expect(rowOf(state)).toMatchObject({ own: false, event, senderId: me.id });
  expect(rowOf(state)).not.toHaveProperty('tick');
});

test('messages of a blocked person are marked as such in a group', () => {
  const state = inState(
    2,
    {},
    page([message(1), message(2, { senderId: citra.id })]),
    delta({ blocked: [citra] }),
  );
  expect(bubblesOf(state, chatOf(state)).map(({ blocked }) => blocked)).toEqual([undefined, true]);
  const last = inState(2, { last: inGroup(message(2, { senderId: citra.id })) }, delta({ blocked: [citra] }));
  expect(rowOf(last)?.blocked).toBe(true);
});

test('a muted group counts only messages that mention this person, unless those are muted too', () => {
  const muted = (mentions?: true): Event => ({
    type: 'me',
    me: { ...me, muted: [{ conversationId: groupId, ...(mentions ? { mentions } : {}) }] } as Me,
  });
  const counts = (...events: Event[]) => {
    const state = inState(3, { mentions: 2 }, ...events);
    return [unreadChats(state, 0), unreadElsewhere(state, 0, undefined), rowOf(state)?.mentions];
  };
  expect(counts()).toEqual([1, 3, 2]);
  expect(counts(muted())).toEqual([1, 2, 2]);
  expect(counts(muted(true))).toEqual([0, 0, 2]);
  expect(counts({ type: 'seen', conversationId: groupId, seq: 3 })).toEqual([0, 0, 0]);
});

test('a message that waits to be sent carries whom it mentions, and the mark goes with the last unread message', () => {
  const waiting = pending('halo @budi', { conversationId: groupId, mentions: [budi.id] });
  const state = inState(3, { mentions: 1 }, { type: 'outbox', entries: [waiting] });
  expect(bubblesOf(state, chatOf(state)).at(-1)?.mentions).toEqual([budi.id]);
  const answer = { conversationId: groupId, userId: me.id, delivered: 3, read: 3 };
  const read = (unread: number) =>
    inState(3, { mentions: 1 }, { type: 'read', answer: { ...answer, unread } });
  expect([chatOf(read(2)).mentions, chatOf(read(0)).mentions]).toEqual([1, undefined]);
});

test('everybody else who types in a group is known', () => {
  const typing = [budi.id, citra.id, me.id].map((userId) => ({
    conversationId: groupId,
    userId,
    forMs: 5_000,
  }));
  const state = inState(3, {}, delta({ typing }));
  expect(typingIn(state, chatOf(state))).toEqual([budi.id, citra.id]);
});
