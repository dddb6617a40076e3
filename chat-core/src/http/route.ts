import type { z } from 'zod';
import type { Caller } from '../auth/sessions.ts';
import type { RateName } from '../config.ts';
import type { ErrorCode } from '../errors.ts';
import type { Priority } from './load-shedding/load-shedding.ts';

type Shape = z.ZodType | undefined;
type Parsed<S extends Shape> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler gets: checked input, who asks, and from which address. */
export type Call<Who, Body, Query, Params> = {
  caller: Who extends 'user' ? Caller : Caller | undefined;
  /** The caller's token was ended: by this very request, when it was sent before. Only where the route takes such. */
  isEnded: boolean;
  body: Body;
  query: Query;
  params: Params;
  /** Where the request comes from, as limits count it. */
  address(): string;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  setHeader(name: string, value: string): void;
  /** Waits for something without counting as a request under way: a held poll. */
  hold<T>(waiting: Promise<T>): Promise<T>;
  /** Calls back when the client has gone away, or has its answer. */
  onGone(listener: () => void): void;
};

/** One route as data: the mount makes Express routes of it, the API document its pages. */
export type Route = {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** With `:name` for each field of `params`. */
  path: string;
  summary: string;
  who: 'anyone' | 'user';
  /**
   * It ends the token it comes with, and its repeat is to succeed: an unexpired token that was ended is let in, for the
   * handler to refuse unless just that was done. It gives no power: nothing may be changed by it.
   */
  takesEnded?: true;
  /** The field that must hold the caller's own id, else 403 NOT_YOU. */
  self?: string;
  body?: z.ZodType;
  query?: z.ZodType;
  params?: z.ZodType;
  headers?: Record<string, string>;
  /** The 200 answer; `undefined` from the handler becomes a 204 where `empty` describes one. */
  answer: z.ZodType;
  empty?: string;
  /** Besides those every route of its kind has. */
  errors: ErrorCode[];
  /** The limit it counts against besides the general one, per account or, for anyone, per address. */
  rate?: RateName;
  /** When it is refused as the box has more to do than it can; `late` unless said. */
  priority?: Priority;
  /** Answered before Express looks at it: its path has no parameters, and it is asked far more often than others. */
  isHot?: true;
  /** Counts against no limit and is never refused: it costs nothing and must answer whoever watches the box. */
  unlimited?: true;
  /** What the API document shows: the body where there is one, else the path's fields and the query's. */
  example?: unknown;
  /** The path's fields and the query's of a route with a body. */
  exampleAddress?: Record<string, unknown>;
  handle(call: Call<'anyone' | 'user', unknown, unknown, unknown>): Promise<unknown> | undefined;
};

/** Checks a route's types: its handler gets what its schemas give and answers what they promise. */
export function route<
  Who extends 'anyone' | 'user',
  Answer extends z.ZodType,
  Body extends Shape = undefined,
  Query extends Shape = undefined,
  Params extends Shape = undefined,
>(
  definition: Omit<Route, 'who' | 'body' | 'query' | 'params' | 'answer' | 'handle'> & {
    who: Who;
    body?: Body;
    query?: Query;
    params?: Params;
    answer: Answer;
    handle(
      call: Call<Who, Parsed<Body>, Parsed<Query>, Parsed<Params>>,
    ): Promise<z.input<Answer> | undefined> | undefined;
  },
): Route {
  return definition as unknown as Route;
}
