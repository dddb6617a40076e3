import { expect, test } from 'vitest';
import {
  after,
  budi,
  chatId,
  conversation,
  delta,
  me,
  message,
  start,
} from '../../test/support/factories.ts';
import { nextTypingEnd } from './people.ts';
import { companion, isOnline, nameOf, typingIn } from './selectors.ts';
import { reduce } from './state.ts';

const citra = { id: 'citra', username: 'citra' };
const eko = { id: 'eko', username: 'eko' };
const chatOf = (state: ReturnType<typeof after>) => state.chats[chatId] ?? expect.fail('no chat');

test('requests and blocked people are replaced by a delta that contains them, and stay otherwise', () => {
  const asked = after(
    ...start(1),
    delta({ requests: { incoming: [citra, eko], outgoing: [] }, blocked: [eko] }),
  );
  const next = reduce(asked, delta({ messages: [message(2)] }));
  expect(next.requests.incoming).toEqual([citra, eko]);
  expect(next.blocked).toEqual([eko]);
  const fewer = reduce(next, delta({ requests: { incoming: [eko], outgoing: [] }, blocked: [] }));
  expect(fewer.requests).toEqual({ incoming: [eko], outgoing: [] });
  expect(fewer.blocked).toEqual([]);
  expect(reduce(asked, delta({ reset: true, me })).requests.incoming).toEqual([]);
});

test('a removed friend leaves the friends and has no presence, and the conversation stays', () => {
  const there = after(...start(3), delta({ presence: [{ userId: budi.id, online: true }] }));
  expect(isOnline(there, budi.id)).toBe(true);
  const gone = reduce(there, delta({ gone: { friends: [budi.id] } }));
  expect(gone.friends).toEqual([]);
  expect(isOnline(gone, budi.id)).toBe(false);
  expect(companion(gone, chatOf(gone))).toEqual(budi);
});

test('the last profile that the server sent is used everywhere', () => {
  const renamed = { ...budi, displayName: 'Pak Budi' };
  const state = after(...start(3), delta({ friends: [renamed] }));
  expect(nameOf(companion(state, chatOf(state)))).toBe('Pak Budi');
  const back = reduce(state, delta({ conversations: [conversation(3)] }));
  expect(nameOf(companion(back, chatOf(back)))).toBe('Budi');
});

test('no one is known to be online without a connection', () => {
  const there = after(...start(3), delta({ presence: [{ userId: budi.id, online: true }] }));
  expect(isOnline(reduce(there, { type: 'connection', status: 'unreachable', at: 0 }), budi.id)).toBe(false);
});

const typing = (forMs: number, userId = budi.id) => ({ conversationId: chatId, userId, forMs });

test('a person is typing until the time is over, they stop, or their message arrives', () => {
  const begun = after(...start(3), delta({ typing: [typing(5_000)] }, 10_000));
  expect(nextTypingEnd(begun.typing)).toBe(15_000);
  const types = (state: ReturnType<typeof after>) => typingIn(state, chatOf(state)).length > 0;
  expect(types(begun)).toBe(true);
  expect(types(reduce(begun, { type: 'time', at: 14_999 }))).toBe(true);
  expect(types(reduce(begun, { type: 'time', at: 15_000 }))).toBe(false);
  expect(types(reduce(begun, delta({ typing: [typing(0)] }, 11_000)))).toBe(false);
  expect(types(reduce(begun, delta({ messages: [message(4)] }, 11_000)))).toBe(false);
  const again = delta({ messages: [message(4)], typing: [typing(5_000)] }, 11_000);
  expect(types(reduce(begun, again))).toBe(true);
});

test('own typing on another device is not shown, and a message of another person does not end the typing of this one', () => {
  const own = after(...start(3), delta({ typing: [typing(5_000, me.id)] }));
  expect(typingIn(own, chatOf(own))).toEqual([]);
  const begun = after(...start(3), delta({ typing: [typing(5_000)] }, 0));
  const mine = reduce(begun, delta({ messages: [message(4, { senderId: me.id })] }, 1));
  expect(typingIn(mine, chatOf(mine))).toEqual([budi.id]);
});

test('time changes nothing while no typing has ended', () => {
  const begun = after(...start(3), delta({ typing: [typing(5_000)] }, 0));
  expect(reduce(begun, { type: 'time', at: 100 })).toBe(begun);
});
