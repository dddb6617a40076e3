import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { RateName } from '../rates.ts';
import type { Id } from '../wire/wire.ts';
import type { Priority } from './load-shedding/load-shedding.ts';

type Shape = z.ZodType | undefined;
type Parsed<S extends Shape> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * Who sends a request: the account, its device, the token version of the account that the token was signed for, and when it
 * was signed, in epoch seconds of server time.
 */
export type Caller = {
  userId: Id;
  deviceId: Id;
  version: number;
  issuedAt: number;
  /** May only set up a second factor, which the box requires and this session has logged in without. */
  needsFactor?: true;
};

/** What a handler gets: validated input, the caller, and the rest of the request. */
export type RequestContext<Who, Body, Query, Params> = {
  caller: Who extends 'user' ? Caller : Caller | undefined;
  /** The token was revoked, perhaps by an earlier attempt of this request. Only with `acceptsRevokedToken`. */
  isTokenRevoked: boolean;
  body: Body;
  query: Query;
  params: Params;
  /** The client's network, by which rate limits count. */
  clientIp(): string;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  setHeader(name: string, value: string): void;
  /**
   * The bytes of a request's body, in pieces, only in a route with `maxBodyBytes`. Until they have arrived, the request does not
   * count as in flight. `signal` gives up the rest and throws its reason.
   * @throws ApiError UNSUPPORTED_BODY, BODY_TOO_LARGE, REQUEST_TIMEOUT, MALFORMED_REQUEST
   */
  readBytes(signal?: AbortSignal): Promise<Buffer[]>;
  /** Awaits a promise while the request does not count as in flight (a held poll); then checks the token again. */
  hold<T>(waiting: Promise<T>): Promise<T>;
  /** Checks the token again, which may have been revoked since the request began. @throws ApiError UNAUTHENTICATED */
  requireCaller(): void;
  /** Aborts when the client goes away before it is answered. It is created when it is first read. */
  readonly signal: AbortSignal;
  /** Calls back when the connection has closed or the answer has been sent. */
  onClose(listener: () => void): void;
};

/** A route as data: the router and the API document are built from it. */
export type Route = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `:name` for each field of `params`. */
  path: string;
  summary: string;
  who: 'anyone' | 'user';
  /**
   * The route revokes the token it is called with, and a repeat has to succeed: a revoked, unexpired token is let in, and
   * the handler refuses it unless it is that repeat, also on a route of owners, whose role is not checked then. With such a token nothing may be changed.
   */
  acceptsRevokedToken?: true;
  /**
   * Its limits count per device, not per account: who has stolen a session cannot use up the requests with which the owner
   * ends it. Only for what ends access.
   */
  countsPerDevice?: true;
  /** Also for a session that must set up a second factor first; every other route refuses it. */
  setsUpFactor?: true;
  /** The field that must hold the caller's own id, else 403 NOT_YOU. The table of access says it (access.ts). */
  self?: string | undefined;
  /** Only for owners of the box, else 403 NOT_OWNER. The table of access says it (access.ts). */
  isOwners?: boolean;
  body?: z.ZodType;
  /** The body is application/octet-stream of up to so many bytes instead, which the handler reads itself. */
  maxBodyBytes?: number;
  query?: z.ZodType;
  params?: z.ZodType;
  headers?: Record<string, string>;
  /** The 200 answer; `undefined` from the handler becomes a 204 where `empty` describes one. */
  answer: z.ZodType;
  /**
   * Headers of the 200 answer, and what they say: HEAD gives them. HEAD is also answered with the headers of files and of
   * health checks, and refused elsewhere, where it would cost as much as GET and say nothing.
   */
  answerHeaders?: Record<string, string>;
  empty?: string;
  /** Its own errors, besides those every route of its kind has. */
  errors: ErrorCode[];
  /** The rate limit besides the general one, per account or, for anyone, per client address. */
  rate?: RateName;
  /** At which load it is refused; `normal` unless set. */
  priority?: Priority;
  /**
   * Also works while the disk is full, and beyond the daily limit of an account: it stores nothing new, ends access or
   * removes content. Only for methods other than GET, which all do.
   */
  worksWhenFull?: true;
  /** What it changes is not durable when it is answered: typing, and marks, which clients send again. */
  isEphemeral?: true;
  /** Called far more often than others, so it skips Express. Its path has no parameters. */
  isHot?: true;
  /** No rate limit and no load shedding: health checks, which cost nothing and must always answer. */
  unlimited?: true;
  /** The API document's example: the body where there is one, else the parameters of path and query. */
  example?: unknown;
  /** The parameters of path and query of a route with a body. */
  exampleParams?: Record<string, unknown>;
  handle(context: RequestContext<'anyone' | 'user', unknown, unknown, unknown>): Promise<unknown> | undefined;
};

/** Whether a route stores content, which is refused on a full disk and counts against the daily limit of its caller. */
export function storesContent({ method, worksWhenFull }: Route): boolean {
  return method !== 'get' && !worksWhenFull;
}

/** Types a route: its handler gets what its schemas parse and returns what its answer schema takes. */
export function route<
  Who extends 'anyone' | 'user',
  Answer extends z.ZodType,
  Body extends Shape = undefined,
  Query extends Shape = undefined,
  Params extends Shape = undefined,
>(
  definition: Omit<Route, 'who' | 'self' | 'body' | 'query' | 'params' | 'answer' | 'handle'> & {
    who: Who;
    body?: Body;
    query?: Query;
    params?: Params;
    answer: Answer;
    handle(
      context: RequestContext<Who, Parsed<Body>, Parsed<Query>, Parsed<Params>>,
    ): Promise<z.input<Answer> | undefined> | undefined;
  },
): Route {
  return definition as unknown as Route;
}
