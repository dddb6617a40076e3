import type { RequestListener } from 'node:http';
import type { Express } from 'express';
import type { Door } from './exchange.ts';
import { prepare, run } from './handle-request.ts';
import { setHeaders } from './headers.ts';
import { refuse } from './load-shedding/load-shedding.ts';
import type { Route } from './route.ts';

/**
 * Answers the hottest routes where they arrive and hands everything else to Express, whose dispatch takes as long as an
 * idle poll (docs/decisions/0012). The table and what a request goes through are the same. What comes faster than it can
 * be looked at waits its turn, sends and health before all others, or is refused at once.
 */
export function openFront(app: Express, routes: Route[], door: Door): RequestListener {
  const { admission, corsOrigins, turns } = door;
  const hot = byPath(
    routes.filter(({ isHot }) => isHot),
    prepare,
  );
  const urgent = byPath(routes.filter(isUrgent), () => true);
  const free = byPath(
    routes.filter(({ unlimited }) => unlimited),
    () => true,
  );
  return (request, response) => {
    const { method, url = '' } = request;
    const end = url.indexOf('?');
    const path = end < 0 ? url : url.slice(0, end);
    const found = hot.get(path);
    const ready = method === found?.route.method.toUpperCase() ? found : undefined;
    if (turns.isOpen()) {
      if (ready) run(ready, door, request, response);
      else app(request, response);
      return;
    }
    const seconds = free.has(path) ? 0 : admission.wait(ready?.route.priority ?? 'high');
    if (seconds > 0) {
      setHeaders(request, response, corsOrigins);
      refuse(response, seconds);
      return;
    }
    turns.wait(urgent.has(path), () => {
      if (request.socket.destroyed) return;
      if (method === 'GET') turns.rest(request.socket);
      if (ready) run(ready, door, request, response, true);
      else app(request, response);
    });
  };
}

const isUrgent = ({ unlimited, priority }: Route) => unlimited || priority === 'high';

function byPath<T>(routes: Route[], of: (route: Route) => T): Map<string, T> {
  return new Map(
    routes.flatMap((route) => {
      const one = of(route);
      return [route.path, `/api${route.path}`].map((path) => [path, one] as const);
    }),
  );
}
