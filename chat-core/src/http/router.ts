import type { RequestListener } from 'node:http';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import { ApiError } from '../errors.ts';
import { Bytes } from './byte-answer.ts';
import { networkOf } from './client-ip.ts';
import { handleRequest, prepareRoute } from './handle-request.ts';
import type { RequestDeps } from './request-deps.ts';
import { OTHER_REQUESTS } from './request-stats.ts';
import { sendError, sendOverloaded, setApiHeaders, setTransportHeader } from './respond.ts';
import type { Route } from './route.ts';
import { recordUnrouted } from './unhandled.ts';

/** Registers routes with Express in the order given, each under `/` and under `/api` (which the tunnel uses). */
export function mountRoutes(app: Express, routes: Route[], deps: RequestDeps): void {
  for (const route of routes) {
    const prepared = prepareRoute(route);
    // Express gives a GET route the requests with HEAD too.
    const refusesHead = route.method === 'get' && !answersHead(route);
    app[route.method](pathsOf(route), (request: Request, response: Response, next: NextFunction) => {
      if (refusesHead && request.method === 'HEAD') next();
      else handleRequest(prepared, deps, request, response);
    });
  }
  for (const [path, methods] of methodsByPath(routes)) {
    app.all([path, `/api${path}`], (request, response) => {
      setApiHeaders(request, response, deps.headerPolicy);
      if (request.method === 'OPTIONS') {
        limitByAddress(deps, request, 'preflights');
        response.status(204).end();
        return;
      }
      limitByAddress(deps, request);
      response.setHeader('Allow', methods.join(', '));
      sendError(deps.log, path, response, new ApiError('METHOD_NOT_ALLOWED'));
      recordUnrouted(new ApiError('METHOD_NOT_ALLOWED'), request, deps);
    });
  }
}

/**
 * The first handler of what is no route: files of the page, the API document, unknown paths. It limits them per network
 * and sheds load. They do not count as in flight: a slow reader of a file would take up a slot and cost nothing.
 */
export function guardFiles(deps: RequestDeps): RequestHandler {
  return (request, response, next) => {
    response.once('close', () => deps.stats.record(OTHER_REQUESTS, response.statusCode, 0));
    const seconds = deps.loadShedder.retryAfterSeconds('low');
    if (seconds > 0) {
      setApiHeaders(request, response, deps.headerPolicy);
      sendOverloaded(response, seconds);
      return;
    }
    limitByAddress(deps, request);
    setTransportHeader(request, response, deps.headerPolicy);
    next();
  };
}

/** Counts a request that no account answers for. @throws ApiError TOO_MANY_REQUESTS */
function limitByAddress(
  { rateLimiter, clientIpOf }: RequestDeps,
  request: Request,
  name: 'pages' | 'preflights' = 'pages',
): void {
  rateLimiter.consume(name, networkOf(clientIpOf(request)));
}

/** Registers the last handlers: 404 for what nothing answered, and the answer to errors of Express itself. */
export function mountFallbacks(app: Express, { headerPolicy, log }: RequestDeps): void {
  app.use((request, response) => {
    setApiHeaders(request, response, headerPolicy);
    sendError(log, 'unknown', response, new ApiError('NOT_FOUND'));
  });
  // Express recognises an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    setApiHeaders(request, response, headerPolicy);
    sendError(log, 'express', response, error);
  });
}

/**
 * The listener before Express. Routes marked `isHot` skip Express, whose dispatch takes as long as an idle poll
 * (docs/decisions/0012); everything else goes to `app`. While the accept queue has no room, a request waits in it,
 * sends and health first, or is refused at once.
 */
export function createRequestListener(app: Express, routes: Route[], deps: RequestDeps): RequestListener {
  const { loadShedder, headerPolicy, acceptQueue, checkHost } = deps;
  const hotRoutes = new Map(
    routes
      .filter(({ isHot }) => isHot)
      .map(prepareRoute)
      .flatMap((prepared) => pathsOf(prepared.route).map((path) => [path, prepared] as const)),
  );
  const urgentPaths = new Set(
    routes.filter(({ unlimited, priority }) => unlimited || priority === 'high').flatMap(pathsOf),
  );
  const unlimitedPaths = new Set(routes.filter(({ unlimited }) => unlimited).flatMap(pathsOf));
  return (request, response) => {
    const verdict = checkHost(request);
    if (verdict !== 'accepted') {
      setApiHeaders(request, response, headerPolicy);
      const code = verdict === 'unknown' ? 'UNKNOWN_HOST' : 'MALFORMED_REQUEST';
      sendError(deps.log, 'host', response, new ApiError(code));
      return;
    }
    const { method, url = '' } = request;
    const end = url.indexOf('?');
    const path = end < 0 ? url : url.slice(0, end);
    const found = hotRoutes.get(path);
    const prepared = method === found?.route.method.toUpperCase() ? found : undefined;
    if (acceptQueue.hasRoom()) {
      if (prepared) handleRequest(prepared, deps, request, response);
      else app(request, response);
      return;
    }
    const priority = prepared?.route.priority ?? 'high';
    const seconds = unlimitedPaths.has(path) ? 0 : loadShedder.retryAfterSeconds(priority);
    if (seconds > 0) {
      setApiHeaders(request, response, headerPolicy);
      sendOverloaded(response, seconds);
      deps.stats.record(prepared?.route ?? OTHER_REQUESTS, response.statusCode, 0);
      return;
    }
    acceptQueue.enqueue(urgentPaths.has(path), () => {
      if (request.socket.destroyed) return;
      if (method === 'GET') acceptQueue.pauseIfFull(request.socket);
      if (prepared) handleRequest(prepared, deps, request, response, true);
      else app(request, response);
    });
  };
}

const pathsOf = ({ path }: Route) => [path, `/api${path}`];

/** Whether HEAD asks for something of its own: how far an upload is, how large a file is, whether the box is up. */
function answersHead({ answerHeaders, answer, unlimited }: Route): boolean {
  return answerHeaders !== undefined || answer === Bytes || unlimited === true;
}

function methodsByPath(routes: Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const known = methods.get(route.path) ?? [];
    const own = route.method.toUpperCase();
    methods.set(route.path, [...known, own, ...(own === 'GET' && answersHead(route) ? ['HEAD'] : [])]);
  }
  return methods;
}
