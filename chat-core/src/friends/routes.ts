import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { type Route, route } from '../http/route.ts';
import type { People } from '../people/people.ts';
import type { Store } from '../storage/store.ts';
import { EXAMPLE, FriendRequests, Id, Name, Profile } from '../wire/schemas.ts';
import { blockRoutes } from './block-routes.ts';
import { change } from './change-route.ts';
import { addFriend, type Friendship, listFriends, removeFriend } from './friends.ts';
import { accept, decline, listRequests, withdraw } from './requests.ts';

const { others } = EXAMPLE;

/** What the routes of friendship need. */
export type FriendDeps = { store: Store; people: People; friendship: Friendship; clock: Clock };

/** Friendship: made, asked for, ended and refused. */
export function friendRoutes(deps: FriendDeps): Route[] {
  const { store, people, friendship } = deps;
  return [
    route({
      method: 'post',
      path: '/friends/add',
      summary: 'Become friends with somebody, both ways at once; or ask them, where this box has it so',
      who: 'user',
      self: 'myId',
      rate: 'friends',
      priority: 'low',
      body: z.strictObject({ myId: Id, friendUsername: Name }),
      answer: z.union([
        z.strictObject({ message: z.string(), contact: Profile }),
        z.strictObject({ message: z.string(), requested: Profile }),
      ]),
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
      handle: ({ caller, body }) => addFriend(store, friendship, caller.userId, body.friendUsername),
    }),
    route({
      ...change,
      path: '/friends/accept',
      summary: 'Become friends with somebody who asked; repeatable',
      errors: ['NO_SUCH_REQUEST', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.asking.id },
      handle: async ({ caller, body }) => {
        const { username } = await accept(store, caller.userId, body.userId);
        return { message: `You and ${username} are friends now.` };
      },
    }),
    route({
      ...change,
      path: '/friends/decline',
      summary: 'Refuse somebody who asked; repeatable',
      errors: ['NO_SUCH_REQUEST', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.refused.id },
      handle: async ({ caller, body }) => {
        await decline(store, caller.userId, body.userId);
        return { message: 'The request is declined.' };
      },
    }),
    route({
      ...change,
      path: '/friends/withdraw',
      summary: 'Take back what you asked of somebody; repeatable',
      errors: ['NO_SUCH_REQUEST', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.asked.id },
      handle: async ({ caller, body }) => {
        await withdraw(store, caller.userId, body.userId);
        return { message: 'The request is withdrawn.' };
      },
    }),
    route({
      ...change,
      path: '/friends/remove',
      summary: 'End a friendship, both ways at once; what was written can be read on; repeatable',
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
      summary: 'List who asks you to be friends, and whom you have asked',
      who: 'user',
      priority: 'low',
      answer: FriendRequests,
      errors: [],
      example: {},
      handle: ({ caller }) => listRequests(store, caller.userId),
    }),
    ...blockRoutes(deps),
    route({
      method: 'get',
      path: '/friends/:userId',
      summary: 'List your friends',
      who: 'user',
      self: 'userId',
      priority: 'low',
      params: z.strictObject({ userId: Id }),
      answer: z.array(Profile),
      errors: ['CIPHER_UNAVAILABLE'],
      example: { userId: EXAMPLE.me.id },
      handle: ({ caller }) => listFriends(store, people, caller.userId),
    }),
  ];
}
