import type { Express, Request, Response } from 'express';
import { ApiError } from '../errors.ts';
import type { Door } from './exchange.ts';
import { fail } from './fail.ts';
import { prepare, run } from './handle-request.ts';
import { setHeaders } from './headers.ts';
import type { Route } from './route.ts';

/** Puts routes on Express, each under `/` and under `/api` (the tunnel maps the latter), in the order given. */
export function mount(app: Express, routes: Route[], door: Door): void {
  for (const route of routes) {
    const ready = prepare(route);
    const answer = (request: Request, response: Response) => run(ready, door, request, response);
    app[route.method]([route.path, `/api${route.path}`], answer);
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all([path, `/api${path}`], (request, response) => {
      setHeaders(request, response, door.corsOrigins);
      if (request.method === 'OPTIONS') {
        response.status(204).end();
        return;
      }
      response.setHeader('Allow', methods.join(', '));
      fail(door.log, path, response, new ApiError('METHOD_NOT_ALLOWED'));
    });
  }
}

function methodsByPath(routes: Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? [];
    methods.set(path, [...known, ...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])]);
  }
  return methods;
}
