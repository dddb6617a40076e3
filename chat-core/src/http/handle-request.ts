import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { z } from 'zod';
import { type EventSource, tokenRefusal } from '../audit/request-events.ts';
import { callIdOf } from '../cipher/request-ids.ts';
import { ApiError } from '../errors.ts';
import { refusalOf, requestIdOf } from './api-error.ts';
import { bearerTokenOf } from './bearer-token.ts';
import { ByteAnswer, sendBytes } from './byte-answer.ts';
import { networkOf } from './client-ip.ts';
import { RequestInFlight } from './load-shedding/in-flight-shares.ts';
import { Redirect } from './redirect.ts';
import { readBinaryBody, readBody } from './request-body.ts';
import type { RequestDeps } from './request-deps.ts';
import { RequestTimer } from './request-stats.ts';
import {
  apiHeaders,
  sendContent,
  sendError,
  sendOverloaded,
  sendRedirect,
  setApiHeaders,
} from './respond.ts';
import { type Caller, type RequestContext, type Route, storesContent } from './route.ts';
import { requireRoom } from './stored-bytes.ts';
import { validate } from './validation.ts';

/** Express adds the parameters of the path. */
type Incoming = IncomingMessage & { params?: unknown };

/** A route with the value of its query when the URL has none; undefined when its query has required fields. */
export type PreparedRoute = { route: Route; emptyQuery: unknown; isStoring: boolean };

const NO_FIELDS = z.strictObject({});
/** The status of what is refused because there was too much of it. */
const TOO_MANY = 429;

export const prepareRoute = (route: Route): PreparedRoute => ({
  route,
  emptyQuery: (route.query ?? NO_FIELDS).safeParse({}).data,
  isStoring: storesContent(route),
});

/**
 * Handles a request from its arrival to its answer: load shedding, authentication, rate limits, validation, handler.
 * Synchronous where the handler is: an idle poll is answered without a promise. `isAdmitted`: the accept queue has
 * checked the load already, and the request must not be refused for it again.
 */
export function handleRequest(
  prepared: PreparedRoute,
  deps: RequestDeps,
  request: Incoming,
  response: ServerResponse,
  isAdmitted = false,
): void {
  const { route } = prepared;
  if (isAdmitted && !route.unlimited) deps.loadShedder.enter();
  const seconds = isAdmitted || route.unlimited ? 0 : deps.loadShedder.tryEnter(route.priority ?? 'normal');
  if (seconds > 0) {
    setApiHeaders(request, response, deps.headerPolicy);
    sendOverloaded(response, seconds);
    deps.stats.record(route, response.statusCode, 0);
    return;
  }
  const active = new ActiveRequest(prepared, deps, request, response);
  try {
    const content = active.start();
    if (content instanceof Promise)
      content.then((value) => active.finish(value)).catch((error) => active.fail(error));
    else active.finish(content);
  } catch (error) {
    active.fail(error);
  }
}

/** An admitted request until it is answered; handlers see it as a RequestContext. */
class ActiveRequest implements RequestContext<'anyone' | 'user', unknown, unknown, unknown> {
  caller: Caller | undefined;
  isTokenRevoked = false;
  body: unknown;
  query: unknown;
  params: unknown;
  private readonly route: Route;
  private readonly emptyQuery: unknown;
  private readonly isStoring: boolean;
  private readonly deps: RequestDeps;
  private readonly request: Incoming;
  private readonly response: ServerResponse;
  private readonly headers: string[];
  /** undefined on a route without limits. */
  private readonly inFlight: RequestInFlight | undefined;
  /** Whose share of the requests in flight this one is, besides its network's. */
  private owner: string | undefined;
  private controller: AbortController | undefined;
  private readonly timer = new RequestTimer();

  constructor(
    { route, emptyQuery, isStoring }: PreparedRoute,
    deps: RequestDeps,
    request: Incoming,
    response: ServerResponse,
  ) {
    this.route = route;
    this.emptyQuery = emptyQuery;
    this.isStoring = isStoring;
    this.deps = deps;
    this.request = request;
    this.response = response;
    this.headers = apiHeaders(request, deps.headerPolicy);
    this.inFlight = route.unlimited ? undefined : new RequestInFlight(deps.loadShedder, deps.shares);
  }

  clientIp(): string {
    return networkOf(this.deps.clientIpOf(this.request));
  }

  header(name: string): string | undefined {
    return this.request.headers[name]?.toString();
  }

  setHeader(name: string, value: string): void {
    this.headers.push(name, value);
  }

  readBytes(signal?: AbortSignal): Promise<Buffer[]> {
    const { maxBodyBytes } = this.route;
    if (maxBodyBytes === undefined) throw new Error('this route has no binary body');
    return this.hold(readBinaryBody(this.request, this.response, maxBodyBytes, { signal }));
  }

  async hold<T>(waiting: Promise<T>): Promise<T> {
    const value = await this.timer.hold(this.inFlight?.hold(waiting) ?? waiting);
    this.requireCaller();
    return value;
  }

  get signal(): AbortSignal {
    if (this.controller) return this.controller.signal;
    const controller = new AbortController();
    this.controller = controller;
    if (this.response.destroyed) controller.abort();
    else this.onClose(() => this.response.writableEnded || controller.abort());
    return controller.signal;
  }

  onClose(listener: () => void): void {
    this.response.once('close', listener);
  }

  requireCaller(): void {
    if (!this.caller) return;
    this.identify();
    this.requireRole();
  }

  /** What a revoked token may repeat is the route's matter. @throws ApiError NOT_OWNER, SECOND_FACTOR_MISSING */
  private requireRole(): void {
    if (this.caller && this.route.isOwners && !this.isTokenRevoked) this.deps.requireOwner(this.caller);
  }

  /** A core that may lack what others committed answers only once it knows (docs/decisions/0073). */
  start(): unknown {
    const stale = this.route.unlimited ? undefined : this.deps.freshness?.wait();
    return stale ? stale.then(() => this.begin()) : this.begin();
  }

  private begin(): unknown {
    const { missedCommits } = this.deps;
    if (!missedCommits || this.route.who !== 'user') return this.run();
    const missed = missedCommits(bearerTokenOf(this.request));
    return missed ? missed.then(() => this.run()) : this.run();
  }

  /** Checks the caller and the limits, then runs the handler, after the body has arrived where the route has one. */
  private run(): unknown {
    const { route } = this;
    const { rateLimiter } = this.deps;
    if (route.who === 'user') this.identify();
    // A revoked token must not use up the requests of its account.
    if (!this.isTokenRevoked)
      this.owner = route.countsPerDevice ? this.caller?.deviceId : this.caller?.userId;
    const key = this.owner ?? this.clientIp();
    if (!route.unlimited) rateLimiter.consume('requests', key);
    this.requireRole();
    if (this.caller?.needsFactor && !route.setsUpFactor) throw new ApiError('SECOND_FACTOR_MISSING');
    if (route.rate) rateLimiter.consume(route.rate, key);
    if (this.isStoring) requireRoom(this.deps, route, this.caller, this.request);
    return route.body ? this.handleWithBody(route.body) : this.handle();
  }

  finish(content: unknown): void {
    if (content instanceof ByteAnswer) {
      // Bytes may take minutes: from the first on the request does not count as in flight.
      const onFirst = () => {
        this.inFlight?.leave();
        const workedMs = this.timer.workedMs();
        this.response.once('close', () => this.record(workedMs));
      };
      sendBytes(this.request, this.response, this.headers, content, onFirst).catch((error) =>
        this.fail(error),
      );
      return;
    }
    this.inFlight?.leave();
    if (content instanceof Redirect) sendRedirect(this.response, this.headers, content);
    else sendContent(this.response, this.headers, content);
    this.record();
    const event = this.deps.events.eventOf(this.route);
    if (event) this.deps.events.record(event, this.eventSource());
  }

  fail(error: unknown): void {
    this.inFlight?.leave();
    const { deps, request } = this;
    const workedMs = this.timer.workedMs();
    if (refusalOf(error)?.status !== TOO_MANY) this.refuse(error, workedMs);
    else
      deps.refusalDelays.answer(this.owner ?? this.clientIp(), request, () => this.refuse(error, workedMs));
  }

  private refuse(error: unknown, workedMs: number): void {
    const { route, deps, request, response } = this;
    const hasBegun = response.headersSent;
    if (!hasBegun) setApiHeaders(request, response, deps.headerPolicy);
    sendError(deps.log, `${route.method.toUpperCase()} ${route.path}`, response, error);
    if (!hasBegun) this.record(workedMs);
    const isSigned = (token: string) => deps.verifyToken(token) !== undefined;
    const findReason = () => tokenRefusal(bearerTokenOf(this.request), isSigned);
    const id = requestIdOf(response) ?? callIdOf(error);
    deps.events.refused(refusalOf(error), this.eventSource(id), findReason);
  }

  private record(workedMs = this.timer.workedMs()): void {
    this.deps.stats.record(this.route, this.response.statusCode, workedMs);
  }

  private eventSource(requestId?: string): EventSource {
    const { route, caller, body } = this;
    return { route, who: caller?.userId, body, from: this.clientIp(), requestId };
  }

  /**
   * @throws ApiError UNAUTHENTICATED unless the bearer token (RFC 6750) is valid, or was and the route accepts revoked
   *   ones; TOO_MANY_REQUESTS for many such requests of one client
   */
  private identify(): void {
    const token = bearerTokenOf(this.request);
    this.caller = this.deps.authenticate(token);
    if (this.caller) return;
    if (this.route.acceptsRevokedToken) this.caller = this.deps.verifyToken(token);
    this.isTokenRevoked = this.caller !== undefined;
    if (this.isTokenRevoked) return;
    this.deps.rateLimiter.consume('requests', this.clientIp());
    throw new ApiError('UNAUTHENTICATED');
  }

  private async handleWithBody(schema: z.ZodType): Promise<unknown> {
    // A body may take seconds to arrive: until then the request does not count as in flight.
    this.body = validate('body', schema, await this.hold(readBody(this.request, this.response)));
    return this.handle();
  }

  private handle(): unknown {
    const { route, request, caller } = this;
    const { url = '' } = request;
    const start = url.indexOf('?');
    if (this.emptyQuery !== undefined && start < 0) this.query = this.emptyQuery;
    else
      this.query = validate('query', route.query ?? NO_FIELDS, parse(start < 0 ? '' : url.slice(start + 1)));
    if (route.params) this.params = validate('params', route.params, request.params);
    if (route.self && caller) {
      const fields = { ...(this.params as object), ...(this.query as object), ...(this.body as object) };
      if ((fields as Record<string, unknown>)[route.self] !== caller.userId) throw new ApiError('NOT_YOU');
    }
    this.inFlight?.requireRoom(this.owner, this);
    const content = route.handle(this);
    // What is answered at once, as most polls are, is never in flight beside others.
    if (content instanceof Promise) this.inFlight?.enterShares(this.owner, this);
    return content;
  }
}
