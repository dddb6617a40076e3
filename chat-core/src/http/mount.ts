import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { refuse } from './admission.ts';
import { readBody } from './body.ts';
import { type Door, Exchange } from './exchange.ts';
import { fail } from './fail.ts';
import { setHeaders } from './headers.ts';
import type { Route } from './route.ts';

/** Express adds the parts of the path. */
type Incoming = IncomingMessage & { params?: unknown };

const NOTHING = z.strictObject({});
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

/**
 * Answers the hottest routes where they arrive and hands everything else to Express, whose dispatch takes as long as an
 * idle poll (docs/decisions/0012). The table and what a request goes through are the same.
 */
export function openFront(app: Express, routes: Route[], door: Door): RequestListener {
  const paths = routes
    .filter(({ isHot }) => isHot)
    .map(prepare)
    .flatMap((ready) => [ready.route.path, `/api${ready.route.path}`].map((path) => [path, ready] as const));
  const hot = new Map(paths);
  return (request, response) => {
    const { method, url = '' } = request;
    const end = url.indexOf('?');
    const found = hot.get(end < 0 ? url : url.slice(0, end));
    if (found && method === found.route.method.toUpperCase()) run(found, door, request, response);
    else app(request, response);
  };
}

const prepare = (route: Route): Ready => ({
  route,
  queryOfNone: (route.query ?? NOTHING).safeParse({}).data,
});

/** A route, and what its query is when the address has none; undefined when it needs one. */
type Ready = { route: Route; queryOfNone: unknown };

/** Lets a request in, or not, and hands it on: without a promise where its handler needs none. */
function run(ready: Ready, door: Door, request: Incoming, response: ServerResponse): void {
  const { route } = ready;
  const seconds = route.unlimited ? 0 : door.admission.enter(route.givesWay ?? 'late');
  if (seconds > 0) {
    setHeaders(request, response, door.corsOrigins);
    refuse(response, seconds);
    return;
  }
  const exchange = new Exchange(route, door, request, response);
  try {
    if (route.who === 'user') exchange.identify();
    const key = exchange.caller?.userId ?? exchange.address();
    if (!route.unlimited) door.limits.take('requests', key);
    if (route.rate) door.limits.take(route.rate, key);
    const content = route.body
      ? handleBody(ready, exchange, request, response)
      : handle(ready, exchange, request);
    if (content instanceof Promise)
      content.then((one) => exchange.end(one)).catch((error) => exchange.refuse(error));
    else exchange.end(content);
  } catch (error) {
    exchange.refuse(error);
  }
}

async function handleBody(
  ready: Ready,
  exchange: Exchange,
  request: Incoming,
  response: ServerResponse,
): Promise<unknown> {
  // A body may take seconds to arrive, and the token may have been ended since: hold looks again.
  const sent = await exchange.hold(readBody(request, response));
  exchange.check('body', ready.route.body ?? NOTHING, sent);
  return handle(ready, exchange, request);
}

function handle({ route, queryOfNone }: Ready, exchange: Exchange, request: Incoming): unknown {
  const { url = '' } = request;
  const start = url.indexOf('?');
  if (queryOfNone !== undefined && start < 0) exchange.query = queryOfNone;
  else exchange.check('query', route.query ?? NOTHING, parse(start < 0 ? '' : url.slice(start + 1)));
  if (route.params) exchange.check('params', route.params, request.params);
  const { self } = route;
  if (self && exchange.caller) {
    const { params, query, body, caller } = exchange;
    const named = { ...(params as object), ...(query as object), ...(body as object) };
    if ((named as Record<string, unknown>)[self] !== caller.userId) throw new ApiError('NOT_YOU');
  }
  return route.handle(exchange);
}

function methodsByPath(routes: Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? [];
    methods.set(path, [...known, ...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])]);
  }
  return methods;
}
