import { z } from 'zod';
import type { Cipher } from '../cipher/cipher.ts';
import { openNotes } from '../conversations/notes.ts';
import type { PageBudgetOf, ReadSlots } from '../http/load-shedding/read-slots.ts';
import { type Route, route } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import { ChatFlagsAnswer, NotesAnswer, SetChatFlags, StarsAnswer } from '../wire/chats.ts';
import { Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { MessagePath, StarredPage, wholeNumber } from '../wire/messages.ts';
import { setChatFlags } from './flags.ts';
import { readStars, starMessage, unstarMessage } from './stars.ts';

type Deps = { store: Store; cipher: Cipher; readSlots: ReadSlots; pageBudgetOf: PageBudgetOf };

/** What people set for their own list of chats, and the messages that they have starred. */
export function chatRoutes(deps: Deps): Route[] {
  const { store, readSlots, pageBudgetOf } = deps;
  const starPath = '/conversations/:conversationId/messages/:seq/star';
  const example = { conversationId: EXAMPLE.conversationId, seq: EXAMPLE.fileSeq };
  return [
    route({
      method: 'put',
      path: '/conversations/:conversationId/flags',
      summary: 'Archive a chat, pin it on top or mark it as unread on all your devices, or undo it',
      who: 'user',
      rate: 'chats',
      priority: 'low',
      params: z.strictObject({ conversationId: Id }),
      body: SetChatFlags,
      answer: ChatFlagsAnswer,
      errors: [
        'NOT_MEMBER',
        'NO_SUCH_ACCOUNT',
        'TOO_MANY_PINNED',
        'LIST_FULL',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { pinned: true },
      exampleParams: { conversationId: EXAMPLE.conversationId },
      handle: async ({ caller, params, body }) => ({
        chats: await setChatFlags(store, caller.userId, params.conversationId, body),
      }),
    }),
    route({
      method: 'post',
      path: '/notes',
      summary: 'Open your notes, a chat with yourself; they are created when you first do',
      who: 'user',
      rate: 'chats',
      priority: 'low',
      body: z.strictObject({}),
      answer: NotesAnswer,
      errors: ['NO_SUCH_ACCOUNT', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: {},
      handle: async ({ caller }) => ({ conversationId: await openNotes(store, caller.userId) }),
    }),
    route({
      method: 'put',
      path: starPath,
      summary: 'Star a message, for yourself alone',
      who: 'user',
      rate: 'chats',
      priority: 'low',
      params: MessagePath,
      answer: StarsAnswer,
      errors: [
        'NOT_MEMBER',
        'NO_SUCH_ACCOUNT',
        'NO_SUCH_MESSAGE',
        'MESSAGE_DELETED',
        'TOO_MANY_STARS',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example,
      handle: async ({ caller: { userId }, params }) => ({
        stars: await starMessage(store, userId, params, pageBudgetOf(userId)),
      }),
    }),
    route({
      method: 'delete',
      path: starPath,
      worksWhenFull: true,
      summary: 'Take your star of a message away',
      who: 'user',
      rate: 'chats',
      priority: 'low',
      params: MessagePath,
      answer: StarsAnswer,
      errors: ['NOT_MEMBER', 'NO_SUCH_ACCOUNT', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example,
      handle: async ({ caller, params }) => ({ stars: await unstarMessage(store, caller.userId, params) }),
    }),
    route({
      method: 'get',
      path: '/stars',
      summary: 'Read a page of the messages that you have starred, the one starred last first',
      who: 'user',
      priority: 'low',
      query: z.strictObject({ before: wholeNumber(1_000_000).exactOptional() }),
      answer: StarredPage,
      errors: ['CIPHER_UNAVAILABLE'],
      example: {},
      handle: ({ caller, query, signal }) =>
        readSlots.run(caller.userId, signal, () => {
          const { count } = pageBudgetOf(caller.userId);
          return readStars(deps, caller.userId, query.before, signal, { count });
        }),
    }),
  ];
}
