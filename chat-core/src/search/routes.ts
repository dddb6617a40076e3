import { type Route, route } from '../http/route.ts';
import { SearchPage, SearchQuery } from '../wire/search.ts';
import { type SearchDeps, Searches } from './search.ts';
import { createSearchSlots } from './search-slots.ts';

/** Searching messages. */
export function searchRoutes(deps: SearchDeps): Route[] {
  const searches = new Searches(deps);
  const slots = createSearchSlots();
  return [
    route({
      method: 'get',
      path: '/search',
      summary: 'Messages with words that begin like these, in one conversation or all, newest first',
      who: 'user',
      rate: 'searches',
      priority: 'low',
      query: SearchQuery,
      answer: SearchPage,
      errors: ['INVALID_CURSOR', 'NOT_MEMBER', 'CIPHER_UNAVAILABLE'],
      example: { q: 'apa kabar' },
      handle: async (call) => {
        const { caller, query, signal } = call;
        const slot = slots.take(caller.userId, signal);
        try {
          await call.hold(slot.ready);
          return await searches.search(caller.userId, query, signal);
        } finally {
          slot.release();
        }
      },
    }),
  ];
}
