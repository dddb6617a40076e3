import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { type Route, route } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import { EXAMPLE, Id, Profile } from '../wire/schemas.ts';
import { block, listBlocked, unblock } from './blocking.ts';
import { change } from './change-route.ts';
import { report } from './reporting.ts';

const { others } = EXAMPLE;

/** Keeping people away. */
export function blockRoutes(deps: { store: Store; clock: Clock }): Route[] {
  const { store } = deps;
  return [
    route({
      ...change,
      path: '/friends/block',
      summary: 'Shut somebody out, both ways and without a word',
      errors: ['NO_SUCH_USER', 'LIST_FULL', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.blocked.id },
      handle: async ({ caller, body }) => {
        await block(store, caller.userId, body.userId);
        return { message: 'This person is blocked.' };
      },
    }),
    route({
      ...change,
      path: '/friends/unblock',
      summary: 'Let somebody you blocked find you again',
      errors: ['NO_SUCH_ACCOUNT', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { userId: others.blocked.id },
      handle: async ({ caller, body }) => {
        await unblock(store, caller.userId, body.userId);
        return { message: 'This person is not blocked any more.' };
      },
    }),
    route({
      ...change,
      path: '/friends/report',
      summary: 'Tell whoever runs this box of somebody, and maybe of one message they wrote',
      body: change.body.extend({
        reason: z.enum(['spam', 'abuse', 'other']),
        conversationId: Id.exactOptional(),
        seq: z.number().int().min(1).exactOptional(),
      }),
      errors: ['NO_SUCH_USER', 'NOT_MEMBER', 'WRONG_CONVERSATION', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
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
  ];
}
