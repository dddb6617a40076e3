import { type Route, route } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { ExpiryAnswer, ExpiryPath, SetExpiry } from '../wire/expiry.ts';
import { setExpiry } from './set-expiry.ts';

/** After how long the messages of a conversation expire. */
export function expiryRoutes({ store }: { store: Store }): Route[] {
  return [
    route({
      method: 'put',
      path: '/conversations/:conversationId/expiry',
      summary: 'Set after how long new messages of a conversation expire, or that they do not (0)',
      who: 'user',
      rate: 'groupEdits',
      priority: 'low',
      params: ExpiryPath,
      body: SetExpiry,
      answer: ExpiryAnswer,
      errors: ['NOT_MEMBER', 'NOT_FRIENDS', 'NOT_ALLOWED', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { after: 604_800 },
      exampleParams: { conversationId: EXAMPLE.conversationId },
      handle: ({ caller, params, body }) => setExpiry(store, caller.userId, params.conversationId, body),
    }),
  ];
}
