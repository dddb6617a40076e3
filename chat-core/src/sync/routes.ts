import { z } from 'zod';
import { type Route, route } from '../http/route.ts';
import { Delta, EXAMPLE, Id, ReadUpToAnswer } from '../schemas.ts';
import { readDelta } from './feed.ts';
import type { Sync } from './open.ts';
import { pollHeld } from './poll.ts';

/** Seconds a client asks to be held. */
const Wait = z.string().regex(/^(\d|1\d|2[0-5])$/, 'must be a number of seconds from 0 to 25');

/** The one poll, and the mark of what was read. */
export function syncRoutes(sync: Sync): Route[] {
  const { held, marks, pace } = sync;
  return [
    route({
      method: 'get',
      path: '/sync',
      summary:
        'Everything that changed for you since a cursor; held until something does, while there is room',
      who: 'user',
      query: z.strictObject({
        cursor: z.string().max(100).exactOptional(),
        wait: Wait.exactOptional(),
        activity: z.enum(['active', 'idle', 'hidden']).exactOptional(),
      }),
      headers: { 'Last-Event-ID': 'the cursor; keeps the address constant, so that browsers ask leave once' },
      answer: Delta,
      empty: 'Nothing changed. Poll-After-Ms says when to ask again.',
      errors: ['INVALID_CURSOR', 'CIPHER_UNAVAILABLE'],
      example: {},
      handle: async ({ caller: { userId }, query, header, setHeader, hold, onGone }) => {
        const { activity = 'active', wait = '0' } = query;
        const cursor = header('last-event-id') ?? query.cursor;
        const look = () => readDelta(sync, userId, cursor);
        const place = wait === '0' ? undefined : held.take(userId, activity);
        if (place) onGone(place.leave);
        const delta = place ? await pollHeld(look, place, Number(wait) * 1000, hold) : await look();
        const pollAfterMs = delta?.more ? 0 : pace(userId, activity, place !== undefined);
        setHeader('Poll-After-Ms', String(pollAfterMs));
        return delta && { ...delta, pollAfterMs };
      },
    }),
    route({
      method: 'post',
      path: '/chat/read',
      summary: 'Everything up to a message was read; a mark never goes back',
      who: 'user',
      body: z.strictObject({ conversationId: Id, seq: z.number().int().min(1) }),
      answer: ReadUpToAnswer,
      errors: ['NOT_MEMBER'],
      example: { conversationId: EXAMPLE.conversationId, seq: 1 },
      handle: ({ caller, body }) => marks.read(caller.userId, body),
    }),
  ];
}
