import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { readBody } from './body.ts';
import { type Door, Exchange } from './exchange.ts';
import { setHeaders } from './headers.ts';
import { refuse } from './load-shedding/load-shedding.ts';
import type { Route } from './route.ts';

/** Express adds the parts of the path. */
type Incoming = IncomingMessage & { params?: unknown };

const NOTHING = z.strictObject({});

/** Makes a route ready to be run. */
export const prepare = (route: Route): Ready => ({
  route,
  queryOfNone: (route.query ?? NOTHING).safeParse({}).data,
});

/** A route, and what its query is when the address has none; undefined when it needs one. */
export type Ready = { route: Route; queryOfNone: unknown };

/**
 * Lets a request in, or not, and hands it on: without a promise where its handler needs none. One that `isAdmitted`
 * has waited for its turn and is refused no more.
 */
export function run(
  ready: Ready,
  door: Door,
  request: Incoming,
  response: ServerResponse,
  isAdmitted = false,
): void {
  const { route } = ready;
  if (isAdmitted && !route.unlimited) door.admission.admit();
  const seconds = isAdmitted || route.unlimited ? 0 : door.admission.enter(route.priority ?? 'normal');
  if (seconds > 0) {
    setHeaders(request, response, door.corsOrigins);
    refuse(response, seconds);
    return;
  }
  const exchange = new Exchange(route, door, request, response);
  try {
    if (route.who === 'user') exchange.identify();
    // Whoever holds an ended token uses up nobody's requests.
    const key = exchange.isEnded ? exchange.address() : (exchange.caller?.userId ?? exchange.address());
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
