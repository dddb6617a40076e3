import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { type Route, route } from '../http/route.ts';
import type { Store } from '../storage/store.ts';
import { EXAMPLE, Id, Muted } from '../wire/schemas.ts';
import { mute, shownMutes } from './muting.ts';

/** Silence for one conversation. */
export function muteRoute(deps: { store: Store; clock: Clock }): Route {
  return route({
    method: 'post',
    path: '/chat/mute',
    summary: 'Be told of a conversation no more, on any device, for a while or always; or again (`off`)',
    who: 'user',
    rate: 'profiles',
    priority: 'low',
    body: z.strictObject({ conversationId: Id, for: z.enum(['8h', '1w', 'always', 'off']) }),
    answer: z.strictObject({ muted: z.array(Muted) }),
    errors: ['NOT_MEMBER', 'NO_SUCH_ACCOUNT', 'LIST_FULL', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
    example: { conversationId: EXAMPLE.conversationId, for: '8h' },
    handle: async ({ caller, body }) => ({
      muted: shownMutes(deps.store, await mute(deps, caller.userId, body)),
    }),
  });
}
