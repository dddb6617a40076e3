import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { type Route, route } from '../http/route.ts';
import type { Profiles } from '../people/public-profile.ts';
import type { Store } from '../storage/store.ts';
import { Done, Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { AddFriend, AddFriendAnswer, FriendRequests, Profile, ReportPerson } from '../wire/people.ts';
import { block, listBlocked, unblock } from './blocking.ts';
import {
  accept,
  addFriend,
  decline,
  type Friendship,
  listFriends,
  listRequests,
  removeFriend,
  withdraw,
} from './friends.ts';
import { report } from './reporting.ts';

const { others } = EXAMPLE;

type FriendDeps = {
  store: Store;
  profiles: Profiles;
  /** The rule of friendship, as it is now. */
  box: { friendship: Friendship };
  clock: Clock;
  onBlockingChange: (userId: Id) => void;
};

/** Common to the routes that change the relation of the caller to one person. */
const changeRoute = {
  method: 'post',
  who: 'user',
  rate: 'people',
  priority: 'low',
  body: z.strictObject({ userId: Id }),
  answer: Done,
} as const;

/** Friends, friend requests, blocks and reports. */
export function friendRoutes(deps: FriendDeps): Route[] {
  const { store, profiles, box, onBlockingChange } = deps;
  return [
    route({
      method: 'post',
      path: '/friends/add',
      summary:
        'Add a friend, for both at once; or send a request, where the operator has set FRIENDSHIP=request, or where a friendship has ended',
      who: 'user',
      rate: 'friends',
      priority: 'low',
      body: AddFriend,
      answer: AddFriendAnswer,
      errors: [
        'SELF_FRIEND',
        'ALREADY_FRIENDS',
        'YOU_BLOCKED',
        'NO_SUCH_USER',
        'LIST_FULL',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { myId: EXAMPLE.me.id, friendUsername: others.met.username },
      handle: ({ caller, body }) => addFriend(store, box.friendship, caller.userId, body.friendUsername),
    }),
    route({
      ...changeRoute,
      path: '/friends/accept',
      summary: 'Accept a friend request; repeatable',
      errors: ['NO_SUCH_REQUEST', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.asking.id },
      handle: async ({ caller, body }) => {
        const { username } = await accept(store, caller.userId, body.userId);
        return { message: `You and ${username} are friends now.` };
      },
    }),
    route({
      ...changeRoute,
      path: '/friends/decline',
      worksWhenFull: true,
      summary: 'Decline a friend request; repeatable',
      errors: ['NO_SUCH_REQUEST', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.refused.id },
      handle: async ({ caller, body }) => {
        await decline(store, caller.userId, body.userId);
        return { message: 'The request is declined.' };
      },
    }),
    route({
      ...changeRoute,
      path: '/friends/withdraw',
      worksWhenFull: true,
      summary: 'Withdraw your friend request; repeatable',
      errors: ['NO_SUCH_REQUEST', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.asked.id },
      handle: async ({ caller, body }) => {
        await withdraw(store, caller.userId, body.userId);
        return { message: 'The request is withdrawn.' };
      },
    }),
    route({
      ...changeRoute,
      path: '/friends/remove',
      worksWhenFull: true,
      summary: 'End a friendship, for both at once; its messages stay readable; repeatable',
      errors: ['NOT_FRIENDS', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.former.id },
      handle: async ({ caller, body }) => {
        await removeFriend(store, caller.userId, body.userId);
        return { message: 'You are friends no longer.' };
      },
    }),
    route({
      method: 'get',
      path: '/friends/requests',
      summary: 'List the friend requests you received and sent',
      who: 'user',
      priority: 'low',
      answer: FriendRequests,
      errors: [],
      example: {},
      handle: ({ caller }) => listRequests(store, caller.userId),
    }),
    route({
      ...changeRoute,
      path: '/friends/block',
      worksWhenFull: true,
      summary: 'Block a person, for both and without notifying them',
      errors: ['NO_SUCH_USER', 'LIST_FULL', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.blocked.id },
      handle: async ({ caller, body }) => {
        await block(store, caller.userId, body.userId);
        onBlockingChange(caller.userId);
        return { message: 'This person is blocked.' };
      },
    }),
    route({
      ...changeRoute,
      path: '/friends/unblock',
      worksWhenFull: true,
      summary: 'Unblock a person',
      errors: ['NO_SUCH_ACCOUNT', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.blocked.id },
      handle: async ({ caller, body }) => {
        await unblock(store, caller.userId, body.userId);
        onBlockingChange(caller.userId);
        return { message: 'This person is not blocked any more.' };
      },
    }),
    route({
      ...changeRoute,
      path: '/friends/report',
      summary: 'Report a person to the operator, optionally with one of their messages',
      body: ReportPerson,
      errors: [
        'NO_SUCH_USER',
        'NOT_MEMBER',
        'WRONG_CONVERSATION',
        'LIST_FULL',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { userId: EXAMPLE.friend.id, reason: 'spam', conversationId: EXAMPLE.conversationId, seq: 1 },
      handle: async ({ caller, body }) => {
        await report(deps, caller.userId, body);
        return { message: 'Reported to whoever runs this box.' };
      },
    }),
    route({
      method: 'get',
      path: '/friends/blocked',
      summary: 'List whom you have blocked',
      who: 'user',
      priority: 'low',
      answer: z.array(Profile),
      errors: [],
      example: {},
      handle: ({ caller }) => listBlocked(store, caller.userId),
    }),
    route({
      method: 'get',
      path: '/friends/:userId',
      summary: 'List your friends',
      who: 'user',
      priority: 'low',
      params: z.strictObject({ userId: Id }),
      answer: z.array(Profile),
      errors: ['CIPHER_UNAVAILABLE'],
      example: { userId: EXAMPLE.me.id },
      handle: ({ caller }) => listFriends(store, profiles, caller.userId),
    }),
  ];
}
