import { z } from 'zod';
import type { Cipher } from '../cipher/cipher.ts';
import { type Route, route } from '../http/route.ts';
import { Delta } from '../schemas.ts';
import type { Store } from '../storage/store.ts';
import { readDelta } from './feed.ts';
import { pollAfter } from './pace.ts';

/** Seconds a client asks to be held. No poll is held yet: the answer comes at once and says when to ask again. */
const Wait = z.string().regex(/^(\d|1\d|2[0-5])$/, 'must be a number of seconds from 0 to 25');

/** The one poll. */
export function syncRoutes(deps: { store: Store; cipher: Cipher }): Route[] {
  return [
    route({
      method: 'get',
      path: '/sync',
      summary: 'Everything that changed for you since a cursor',
      who: 'user',
      query: z.strictObject({ cursor: z.string().max(100).exactOptional(), wait: Wait.exactOptional() }),
      headers: { 'Last-Event-ID': 'the cursor; keeps the address constant, so that browsers ask leave once' },
      answer: Delta,
      empty: 'Nothing changed. Poll-After-Ms says when to ask again.',
      errors: ['INVALID_CURSOR', 'CIPHER_UNAVAILABLE'],
      example: {},
      handle: async ({ caller, query, header, setHeader }) => {
        const delta = await readDelta(deps, caller.userId, header('last-event-id') ?? query.cursor);
        setHeader('Poll-After-Ms', String(delta?.pollAfterMs ?? pollAfter(false)));
        return delta;
      },
    }),
  ];
}
