import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import { authenticate, type Caller, type Sessions } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type AddressOf, networkOf } from './address.ts';
import { type Admission, refuse } from './admission.ts';
import { readBody } from './body.ts';
import { fail } from './fail.ts';
import { guardContent, setHeaders } from './headers.ts';
import type { Limits } from './limits.ts';
import type { Route } from './route.ts';

/** What every request passes on its way to a handler. */
export type Door = {
  sessions: Sessions;
  limits: Limits;
  admission: Admission;
  addressOf: AddressOf;
  corsOrigins: ReadonlySet<string>;
  log: Log;
};

const NOTHING = z.strictObject({});
/** Unknown field names are repeated to the caller up to here. */
const MAX_DETAIL = 200;

/** Puts routes on Express, each under `/` and under `/api` (the tunnel maps the latter), in the order given. */
export function mount(app: Express, routes: Route[], door: Door): void {
  for (const route of routes) {
    const ready = { route, queryOfNone: (route.query ?? NOTHING).safeParse({}).data };
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

/** A route, and what its query is when the address has none; undefined when it needs one. */
type Ready = { route: Route; queryOfNone: unknown };

async function run(
  { route, queryOfNone }: Ready,
  door: Door,
  request: Request,
  response: Response,
): Promise<void> {
  const { admission } = door;
  setHeaders(request, response, door.corsOrigins);
  const seconds = route.unlimited ? 0 : admission.enter(route.givesWay ?? 'late');
  if (seconds > 0) {
    refuse(response, seconds);
    return;
  }
  try {
    let caller = route.who === 'user' ? await requireCaller(door, request) : undefined;
    const key = caller?.userId ?? addressOf(door, request);
    if (!route.unlimited) door.limits.take('requests', key);
    if (route.rate) door.limits.take(route.rate, key);

    let body: unknown;
    if (route.body) {
      const sent = await admission.hold(readBody(request, response));
      // A body may take seconds to arrive, and the token may have been ended since.
      if (caller) caller = await requireCaller(door, request);
      body = check('body', route.body, sent);
    }
    const isBare = queryOfNone !== undefined && !request.url.includes('?');
    const query = isBare ? queryOfNone : check('query', route.query ?? NOTHING, request.query);
    const params = route.params ? check('path', route.params, request.params) : undefined;
    if (route.self && caller) {
      const named = { ...(params as object), ...(query as object), ...(body as object) } as Record<
        string,
        unknown
      >;
      if (named[route.self] !== caller.userId) throw new ApiError('NOT_YOU');
    }

    const answer = await route.handle({
      caller,
      body,
      query,
      params,
      address: () => addressOf(door, request),
      header: (name) => request.headers[name]?.toString(),
      setHeader: (name, value) => response.setHeader(name, value),
      hold: async (waiting) => {
        const news = await admission.hold(waiting);
        // The token may have been ended meanwhile, and what comes now is not for it.
        if (caller) await requireCaller(door, request);
        return news;
      },
      onGone: (listener) => response.once('close', listener),
    });
    if (answer === undefined) {
      response.statusCode = 204;
      response.end();
      return;
    }
    guardContent(response);
    response.json(answer);
  } catch (error) {
    fail(door.log, `${route.method.toUpperCase()} ${route.path}`, response, error);
  } finally {
    if (!route.unlimited) admission.leave();
  }
}

/** @throws ApiError UNAUTHENTICATED unless the bearer token (RFC 6750) stands for somebody, TOO_MANY_REQUESTS for many such */
async function requireCaller(door: Door, request: Request): Promise<Caller> {
  const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const caller = token === undefined ? undefined : await authenticate(door.sessions, token);
  if (caller) return caller;
  door.limits.take('requests', addressOf(door, request));
  throw new ApiError('UNAUTHENTICATED');
}

/** The address a request counts against. */
const addressOf = (door: Door, request: Request) => networkOf(door.addressOf(request));

/** @throws ApiError INVALID_REQUEST naming the first field at fault, never its value */
function check(part: string, schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = [part, ...(issue?.path ?? [])].map(String).join('.');
  const detail = `The ${field} is not valid: ${issue?.message ?? ''}.`;
  throw new ApiError('INVALID_REQUEST', { detail: detail.slice(0, MAX_DETAIL) });
}

function methodsByPath(routes: Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const known = methods.get(path) ?? [];
    methods.set(path, [...known, ...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])]);
  }
  return methods;
}
