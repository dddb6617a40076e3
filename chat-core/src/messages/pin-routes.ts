import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import { Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { Pin, PinAnswer } from '../wire/sync.ts';
import { pinMessage, unpinMessage } from './pin.ts';

const ConversationPath = z.strictObject({ conversationId: Id });
const ERRORS = ['NOT_MEMBER', 'NOT_FRIENDS', 'NOT_ALLOWED', 'STORAGE_UNAVAILABLE', 'DISK_FULL'] as const;

/** The one pinned message of a conversation. */
export function pinRoutes(store: Store): Route[] {
  return [
    route({
      method: 'put',
      path: '/conversations/:conversationId/pin',
      summary: 'Pin a message for all members, in place of the one before',
      who: 'user',
      rate: 'groups',
      params: ConversationPath,
      body: Pin,
      answer: PinAnswer,
      errors: [...ERRORS, 'NO_SUCH_MESSAGE', 'MESSAGE_DELETED'],
      example: { seq: Number(EXAMPLE.fileSeq) },
      exampleParams: { conversationId: EXAMPLE.conversationId },
      handle: ({ caller, params, body }) => pinMessage(store, caller.userId, { ...params, ...body }),
    }),
    route({
      method: 'delete',
      path: '/conversations/:conversationId/pin',
      summary: 'Unpin the pinned message, for all members',
      who: 'user',
      rate: 'groups',
      params: ConversationPath,
      answer: PinAnswer,
      errors: [...ERRORS],
      example: { conversationId: EXAMPLE.conversationId },
      handle: ({ caller, params }) => unpinMessage(store, caller.userId, params.conversationId),
    }),
  ];
}
