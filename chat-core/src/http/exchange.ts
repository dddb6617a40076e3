import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import { authenticate, type Caller, recognize, type Sessions } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type AddressOf, networkOf } from './client-ip.ts';
import { fail } from './fail.ts';
import { headersFor, setHeaders } from './headers.ts';
import type { Turns } from './load-shedding/accept-queue.ts';
import type { Admission } from './load-shedding/load-shedding.ts';
import type { Limits } from './rate-limits.ts';
import { answer } from './respond.ts';
import type { Call, Route } from './route.ts';

/** What every request passes on its way to a handler. */
export type Door = {
  sessions: Sessions;
  limits: Limits;
  admission: Admission;
  turns: Turns;
  addressOf: AddressOf;
  corsOrigins: ReadonlySet<string>;
  log: Log;
};

const BEARER = 'bearer ';
/** Unknown field names are repeated to the caller up to here. */
const MAX_DETAIL = 200;

/** One request that was let in, until it is answered: what a handler sees of it, and the way out. */
export class Exchange implements Call<'anyone' | 'user', unknown, unknown, unknown> {
  caller: Caller | undefined;
  isEnded = false;
  body: unknown;
  query: unknown;
  params: unknown;
  private readonly route: Route;
  private readonly door: Door;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly headers: string[];
  private isOver = false;

  constructor(route: Route, door: Door, request: IncomingMessage, response: ServerResponse) {
    this.route = route;
    this.door = door;
    this.request = request;
    this.response = response;
    this.headers = headersFor(request, door.corsOrigins);
  }

  address(): string {
    return networkOf(this.door.addressOf(this.request));
  }

  header(name: string): string | undefined {
    return this.request.headers[name]?.toString();
  }

  setHeader(name: string, value: string): void {
    this.headers.push(name, value);
  }

  async hold<T>(waiting: Promise<T>): Promise<T> {
    const news = await this.door.admission.hold(waiting);
    // The token may have been ended meanwhile, and what comes now is not for it.
    if (this.caller) this.identify();
    return news;
  }

  onGone(listener: () => void): void {
    this.response.once('close', listener);
  }

  /**
   * @throws ApiError UNAUTHENTICATED unless the bearer token (RFC 6750) stands for somebody, or did where the route takes
   *   that; TOO_MANY_REQUESTS for many such
   */
  identify(): void {
    const { authorization = '' } = this.request.headers;
    const isBearer = authorization.slice(0, BEARER.length).toLowerCase() === BEARER;
    const token = isBearer ? authorization.slice(BEARER.length) : '';
    this.caller = authenticate(this.door.sessions, token);
    if (this.caller) return;
    if (this.route.takesEnded) this.caller = recognize(this.door.sessions, token);
    this.isEnded = this.caller !== undefined;
    if (this.isEnded) return;
    this.door.limits.take('requests', this.address());
    throw new ApiError('UNAUTHENTICATED');
  }

  /** @throws ApiError INVALID_REQUEST naming the first field at fault, never its value */
  check(part: 'body' | 'query' | 'params', schema: z.ZodType, value: unknown): void {
    const read = schema.safeParse(value);
    if (!read.success) {
      const [issue] = read.error.issues;
      const field = [part === 'params' ? 'path' : part, ...(issue?.path ?? [])].map(String).join('.');
      const detail = `The ${field} is not valid: ${issue?.message ?? ''}.`;
      throw new ApiError('INVALID_REQUEST', { detail: detail.slice(0, MAX_DETAIL) });
    }
    this[part] = read.data;
  }

  /** Answers with what a handler gave. */
  end(content: unknown): void {
    this.leave();
    answer(this.response, this.headers, content);
  }

  /** Answers with an error. */
  refuse(error: unknown): void {
    this.leave();
    const { route, door, request, response } = this;
    if (!response.headersSent) setHeaders(request, response, door.corsOrigins);
    fail(door.log, `${route.method.toUpperCase()} ${route.path}`, response, error);
  }

  private leave(): void {
    if (!this.isOver && !this.route.unlimited) this.door.admission.leave();
    this.isOver = true;
  }
}
