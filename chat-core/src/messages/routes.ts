import { z } from 'zod';
import type { PageBudgetOf, ReadSlots } from '../http/load-shedding/read-slots.ts';
import { type Route, route } from '../http/route.ts';
import { Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { Message, MessagePath, SendMessage, Text, wholeNumber } from '../wire/messages.ts';
import { editMessage } from './edit.ts';
import { PAGE_LIMIT, readHistory } from './history.ts';
import { deleteForEveryone, deleteForMe } from './remove.ts';
import { type SendDeps, sendMessage } from './send.ts';

const CHANGE_ERRORS = [
  'NOT_MEMBER',
  'NO_SUCH_MESSAGE',
  'NOT_YOURS',
  'STORAGE_UNAVAILABLE',
  'DISK_FULL',
] as const;

/** Sending, reading, editing and deleting. */
export function messageRoutes(
  deps: SendDeps & { box: { editMs: number }; readSlots: ReadSlots; pageBudgetOf: PageBudgetOf },
): Route[] {
  return [
    route({
      method: 'post',
      path: '/chat/send',
      isHot: true,
      summary: 'Send a message to a friend; repeatable with the same clientMessageId',
      who: 'user',
      rate: 'sends',
      priority: 'high',
      body: SendMessage,
      answer: Message,
      errors: [
        'INVALID_MESSAGE',
        'INVALID_POLL',
        'POLL_NEEDS_GROUP',
        'WRONG_CONVERSATION',
        'NOT_FRIENDS',
        'NOT_MEMBER',
        'NOT_ALLOWED',
        'MESSAGE_ID_REUSED',
        'NO_SUCH_FILE',
        'UPLOAD_INCOMPLETE',
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
      priority: 'low',
      query: z.strictObject({
        myId: Id,
        friendId: Id.exactOptional(),
        conversationId: Id.exactOptional(),
        before: wholeNumber(Number.MAX_SAFE_INTEGER).exactOptional(),
        after: wholeNumber(Number.MAX_SAFE_INTEGER, 0).exactOptional(),
        limit: wholeNumber(PAGE_LIMIT.max).exactOptional(),
      }),
      answer: z.array(Message),
      errors: ['WRONG_CONVERSATION', 'NOT_FRIENDS', 'NOT_MEMBER', 'CIPHER_UNAVAILABLE'],
      example: { myId: EXAMPLE.me.id, friendId: EXAMPLE.friend.id, limit: '50' },
      handle: ({ caller, query, signal }) =>
        deps.readSlots.run(caller.userId, signal, () => {
          const ref = { conversationId: query.conversationId, otherId: query.friendId };
          const { count } = deps.pageBudgetOf(caller.userId);
          return readHistory(deps, caller.userId, ref, query, signal, { count });
        }),
    }),
    route({
      method: 'patch',
      path: '/conversations/:conversationId/messages/:seq',
      summary: 'Edit your own message, for some minutes after it was sent',
      who: 'user',
      rate: 'sends',
      priority: 'high',
      params: MessagePath,
      body: z.strictObject({ message: Text }),
      answer: Message,
      errors: [
        ...CHANGE_ERRORS,
        'INVALID_MESSAGE',
        'NOT_FRIENDS',
        'NOT_ALLOWED',
        'EDIT_TOO_LATE',
        'MESSAGE_DELETED',
        'POLL_NOT_EDITABLE',
        'CIPHER_UNAVAILABLE',
      ],
      example: { message: 'Halo, apa kabarmu?' },
      exampleParams: { conversationId: EXAMPLE.conversationId, seq: EXAMPLE.ownSeq },
      handle: ({ caller, params, body }) => editMessage(deps, caller.userId, params, body.message),
    }),
    route({
      method: 'delete',
      path: '/conversations/:conversationId/messages/:seq',
      worksWhenFull: true,
      summary: 'Delete a message: your own for everyone, or anybody’s for yourself alone',
      who: 'user',
      rate: 'sends',
      priority: 'high',
      params: MessagePath,
      query: z.strictObject({ for: z.enum(['me', 'everyone']) }),
      answer: Message,
      errors: [...CHANGE_ERRORS, 'TOO_MANY_HIDDEN', 'CIPHER_UNAVAILABLE'],
      example: { conversationId: EXAMPLE.conversationId, seq: EXAMPLE.ownSeq, for: 'everyone' },
      handle: ({ caller, params, query }) =>
        query.for === 'me'
          ? deleteForMe(deps, caller.userId, params)
          : deleteForEveryone(deps, caller.userId, params),
    }),
  ];
}
