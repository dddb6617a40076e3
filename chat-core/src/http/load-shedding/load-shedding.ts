import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { describeError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Failure } from '../../wire/wire.ts';
import { CONTENT_HEADERS } from '../headers.ts';
import type { Pressure } from './process-load.ts';

/** Requests that are worked on at once; those whose body is under way and held polls do not count. */
const MAX_UNDER_WAY = 256;

/**
 * When a request gives way to others as pressure rises, in the order of security.md §5: registrations first, then
 * whatever reads, then polls, and sends last. Health never does. A poll is `paced`: one that finds nothing is answered at once
 * and costs no more than a refusal, so that others wait is no reason to refuse it; its answer says when to come back.
 */
export type Priority = 'lowest' | 'low' | 'normal' | 'poll' | 'high';
const REFUSED_FROM: Record<Priority, number> = { lowest: 0.6, low: 0.75, normal: 0.9, poll: 0.9, high: 1 };

/** Seconds a refused client waits at most; spread, so that they do not all come back together. */
const MAX_RETRY_S = 5;
const REPORT_MS = 10_000;

export type Admission = {
  /** The seconds such a request is to wait when it gives way now, else 0. */
  wait(priority: Priority): number;
  /** The same, and with 0 it is let in and must leave. */
  enter(priority: Priority): number;
  /** Lets in what was told to wait 0 seconds before, and must leave. */
  admit(): void;
  leave(): void;
  /** Waits for something without counting as under way: a body that arrives, a poll that is held. */
  hold<T>(waiting: Promise<T>): Promise<T>;
  /** 0 calm; from 1 on everything but health is refused. */
  pressure: Pressure;
};

/**
 * The door before everything dear: a request beyond what the box can do is refused before it costs anything. `strains`
 * are this process's own, `queues` what requests wait for.
 */
export function openAdmission(
  {
    strains,
    queues = [],
    most = MAX_UNDER_WAY,
  }: { strains: Pressure[]; queues?: Pressure[]; most?: number | undefined },
  log: Log,
): Admission {
  let underWay = 0;
  let refused = 0;
  let reported = Number.NEGATIVE_INFINITY;

  const worst = (all: Pressure[]) => all.reduce((most, one) => Math.max(most, one()), 0);
  const strain = () => worst(strains);
  const pressure = () => Math.max(strain(), worst(queues), underWay / most);
  const report = (level: number) => {
    refused += 1;
    if (performance.now() - reported < REPORT_MS) return;
    log.warn({ refused, pressure: level }, 'too much at once: requests were refused');
    refused = 0;
    reported = performance.now();
  };
  const wait = (priority: Priority) => {
    const level = priority === 'poll' ? strain() : pressure();
    if (level < REFUSED_FROM[priority]) return 0;
    report(level);
    return 1 + Math.floor(Math.random() * MAX_RETRY_S);
  };
  return {
    pressure,
    wait,
    enter: (priority) => {
      const seconds = wait(priority);
      if (seconds === 0) underWay += 1;
      return seconds;
    },
    admit: () => {
      underWay += 1;
    },
    leave: () => {
      underWay -= 1;
    },
    hold: async (waiting) => {
      underWay -= 1;
      try {
        return await waiting;
      } finally {
        underWay += 1;
      }
    },
  };
}

const { status: STATUS, sentence } = describeError('OVERLOADED');
const BODY = JSON.stringify({ error: sentence, code: 'OVERLOADED' } satisfies Failure);

/** Answers 503 OVERLOADED. It is made when there is least time for it, so its bytes are ready. */
export function refuse(response: ServerResponse, retryAfter: number): void {
  response.writeHead(STATUS, {
    ...CONTENT_HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': BODY.length,
    'Retry-After': retryAfter,
  });
  response.end(BODY);
}

/**
 * The same door for what is no route: files of the page, the API document, addresses that lead nowhere. They do not
 * count as under way: who reads slowly would keep places that cost nothing.
 */
export function guardRest(admission: Admission): RequestHandler {
  return (_request, response, next) => {
    const seconds = admission.wait('low');
    if (seconds > 0) refuse(response, seconds);
    else next();
  };
}
