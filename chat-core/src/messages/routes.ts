import { z } from 'zod';
import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { type Route, route } from '../http/route.ts';
import { EXAMPLE, Id, Message, Text } from '../schemas.ts';
import type { Store } from '../storage/store.ts';
import { PAGE, readHistory } from './history.ts';
import { sendMessage } from './send.ts';

const count = (most: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be a whole number from 1')
    .transform(Number)
    .refine((value) => value <= most, `must be at most ${most}`);

/** Sending and reading. */
export function messageRoutes(deps: { store: Store; cipher: Cipher; clock: Clock }): Route[] {
  return [
    route({
      method: 'post',
      path: '/chat/send',
      isHot: true,
      summary: 'Send a message to a friend; repeatable with the same clientMessageId',
      who: 'user',
      self: 'senderId',
      rate: 'sends',
      givesWay: 'last',
      body: z.strictObject({
        senderId: Id,
        receiverId: Id.exactOptional(),
        conversationId: Id.exactOptional(),
        message: Text,
        clientMessageId: Id.exactOptional(),
      }),
      answer: Message,
      errors: [
        'INVALID_MESSAGE',
        'WRONG_CONVERSATION',
        'NOT_FRIENDS',
        'NOT_MEMBER',
        'MESSAGE_ID_REUSED',
        'CIPHER_UNAVAILABLE',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { senderId: EXAMPLE.me.id, receiverId: EXAMPLE.friend.id, message: 'Halo, apa kabar?' },
      handle: ({ caller, body }) => sendMessage(deps, caller.userId, body),
    }),
    route({
      method: 'get',
      path: '/chat/history',
      summary: 'Read a page of a conversation, oldest first',
      who: 'user',
      self: 'myId',
      givesWay: 'early',
      query: z.strictObject({
        myId: Id,
        friendId: Id.exactOptional(),
        conversationId: Id.exactOptional(),
        before: count(Number.MAX_SAFE_INTEGER).exactOptional(),
        limit: count(PAGE.most).exactOptional(),
      }),
      answer: z.array(Message),
      errors: ['WRONG_CONVERSATION', 'NOT_FRIENDS', 'NOT_MEMBER', 'CIPHER_UNAVAILABLE'],
      example: { myId: EXAMPLE.me.id, friendId: EXAMPLE.friend.id, limit: '50' },
      handle: ({ caller, query }) =>
        readHistory(
          deps,
          caller.userId,
          { conversationId: query.conversationId, otherId: query.friendId },
          query,
        ),
    }),
  ];
}
