import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import { EXAMPLE, Id, Name, Profile } from '../schemas.ts';
import type { Store } from '../storage/store.ts';
import { addFriend, listFriends } from './friends.ts';

/** Friendship. */
export function friendRoutes(store: Store): Route[] {
  return [
    route({
      method: 'post',
      path: '/friends/add',
      summary: 'Become friends with somebody, both ways at once',
      who: 'user',
      self: 'myId',
      rate: 'friends',
      givesWay: 'early',
      body: z.strictObject({ myId: Id, friendUsername: Name }),
      answer: z.strictObject({ message: z.string(), contact: Profile }),
      errors: ['SELF_FRIEND', 'ALREADY_FRIENDS', 'NO_SUCH_USER', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { myId: EXAMPLE.me.id, friendUsername: 'citra' },
      handle: async ({ caller, body }) => {
        const contact = await addFriend(store, caller.userId, body.friendUsername);
        return { message: `You and ${contact.username} are friends now.`, contact };
      },
    }),
    route({
      method: 'get',
      path: '/friends/:userId',
      summary: 'List your friends',
      who: 'user',
      self: 'userId',
      givesWay: 'early',
      params: z.strictObject({ userId: Id }),
      answer: z.array(Profile),
      errors: [],
      example: { userId: EXAMPLE.me.id },
      handle: ({ caller }) => listFriends(store, caller.userId),
    }),
  ];
}
