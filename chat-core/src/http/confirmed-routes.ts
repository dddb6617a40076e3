import { confirming } from '../storage/confirmations.ts';
import type { SharedDatabase } from '../storage/shared-database.ts';
import type { Route } from './route.ts';

/** The routes, of which those that store something answer only what outlives the loss of a server of the database. */
export function confirmedRoutes(routes: Route[], { confirm }: Pick<SharedDatabase, 'confirm'>): Route[] {
  if (!confirm) return routes;
  return routes.map((route) => {
    if (route.method === 'get' || route.isEphemeral) return route;
    return { ...route, handle: (context) => confirming(confirm, () => route.handle(context)) };
  });
}
