import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import { Done, Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { MessageReceipts } from '../wire/groups.ts';
import { MessagePath } from '../wire/messages.ts';
import { Activity, Delta, ReadUpTo, ReadUpToAnswer } from '../wire/sync.ts';
import type { Sync } from './create-sync.ts';
import { createPollHandler } from './poll-handler.ts';

/** Seconds that a client lets its poll wait. */
const Wait = z.string().regex(/^(\d|1\d|2[0-5])$/, 'must be a number of seconds from 0 to 25');

/** The poll, read receipts and typing. */
export function syncRoutes(sync: Sync): Route[] {
  const { longPolls, receipts, typing, pageBudgetOf } = sync;
  const poll = createPollHandler(sync);
  return [
    route({
      method: 'get',
      path: '/sync',
      summary:
        'Everything that changed for you since a cursor; held until something does, while there is room',
      who: 'user',
      isHot: true,
      priority: 'poll',
      query: z.strictObject({
        cursor: z.string().max(100).exactOptional(),
        wait: Wait.exactOptional(),
        activity: Activity.exactOptional(),
      }),
      headers: {
        'Last-Event-ID': 'the cursor; keeps the URL constant, so that browsers send one CORS preflight',
      },
      answer: Delta,
      empty: 'Nothing changed. Poll-After-Ms says when to ask again.',
      errors: ['INVALID_CURSOR', 'CIPHER_UNAVAILABLE'],
      example: {},
      handle: (call) => {
        const { activity = 'active', wait = '0' } = call.query;
        const cursor = call.header('last-event-id') ?? call.query.cursor;
        const slot = wait === '0' ? undefined : longPolls.take(call.caller.userId, activity);
        if (!slot) return poll.answerNow(call, activity, cursor);
        return poll.answerOnChange(call, slot, { activity, waitMs: Number(wait) * 1000, cursor });
      },
    }),
    route({
      method: 'post',
      path: '/chat/read',
      isEphemeral: true,
      worksWhenFull: true,
      summary: 'Everything up to a message was read; a mark never goes back',
      who: 'user',
      body: ReadUpTo,
      answer: ReadUpToAnswer,
      errors: ['NOT_MEMBER'],
      example: { conversationId: EXAMPLE.conversationId, seq: 1 },
      handle: ({ caller, body }) => receipts.markRead(caller.userId, body, pageBudgetOf(caller.userId)),
    }),
    route({
      method: 'post',
      path: '/chat/typing',
      isEphemeral: true,
      worksWhenFull: true,
      summary: 'You are writing: say so again every 3 seconds; it holds for 5, and until you send',
      who: 'user',
      priority: 'lowest',
      body: z.strictObject({ conversationId: Id }),
      answer: Done,
      errors: ['NOT_MEMBER', 'NOT_FRIENDS', 'NOT_ALLOWED'],
      example: { conversationId: EXAMPLE.conversationId },
      handle: async ({ caller, body }) => {
        await typing.start(caller.userId, body.conversationId);
        sync.relay.typed(caller.userId, body.conversationId);
        return { message: 'Noted.' };
      },
    }),
    route({
      method: 'get',
      path: '/conversations/:conversationId/messages/:seq/receipts',
      summary: 'By whom a message was received and read, as far as they let others know',
      who: 'user',
      priority: 'low',
      params: MessagePath,
      answer: MessageReceipts,
      errors: ['NOT_MEMBER', 'NO_SUCH_MESSAGE'],
      example: { conversationId: EXAMPLE.conversationId, seq: EXAMPLE.ownSeq },
      handle: async ({ caller: { userId }, params }) => ({
        receipts: await receipts.ofMessage(userId, params, pageBudgetOf(userId)),
      }),
    }),
  ];
}
