import type { Log } from '../../log.ts';
import type { Load } from './process-load.ts';

/** Requests handled at once; those whose body is still arriving and held polls do not count. */
export const MAX_IN_FLIGHT = 256;

/**
 * The order in which requests are refused as the load rises (security.md §5): registrations first, then reads, then
 * polls, then sends. Health is never refused. A poll that finds nothing is answered at once and costs no more than a
 * refusal, so polls are refused only for the load of this process, not for queues and requests in flight.
 */
export type Priority = 'lowest' | 'low' | 'normal' | 'poll' | 'high';
const REFUSED_FROM: Record<Priority, number> = { lowest: 0.6, low: 0.75, normal: 0.9, poll: 0.9, high: 1 };

/** Refused clients come back after 1 to this many seconds, at random, so that they do not return all at once. */
const MAX_RETRY_S = 5;
const REPORT_INTERVAL_MS = 10_000;

export type LoadShedder = {
  /** 0 when a request of this priority may enter, else the seconds its client has to wait. */
  retryAfterSeconds(priority: Priority): number;
  /** The same; at 0 the request has entered and has to leave. */
  tryEnter(priority: Priority): number;
  /** Enters without a check, after retryAfterSeconds gave 0 earlier. */
  enter(): void;
  leave(): void;
  /** Awaits a promise while the request does not count as in flight: an arriving body, a held poll. */
  hold<T>(waiting: Promise<T>): Promise<T>;
  /** 0 when idle; from 1 on, everything except health checks is refused. */
  load: Load;
};

/**
 * Refuses requests beyond the server's capacity before they cost anything. `processLoads` are loads of this process,
 * `queueLoads` those of what requests wait for; the highest counts.
 */
export function createLoadShedder(
  {
    processLoads,
    queueLoads = [],
    maxInFlight = MAX_IN_FLIGHT,
  }: { processLoads: Load[]; queueLoads?: Load[]; maxInFlight?: number | undefined },
  log: Log,
): LoadShedder {
  let inFlight = 0;
  let refused = 0;
  let reportedMs = Number.NEGATIVE_INFINITY;

  const highest = (loads: Load[]) => loads.reduce((max, one) => Math.max(max, one()), 0);
  const load = () => Math.max(highest(processLoads), highest(queueLoads), inFlight / maxInFlight);
  const report = (level: number) => {
    refused += 1;
    if (performance.now() - reportedMs < REPORT_INTERVAL_MS) return;
    log.warn({ refused, load: level }, 'overloaded: requests were refused');
    refused = 0;
    reportedMs = performance.now();
  };
  const retryAfterSeconds = (priority: Priority) => {
    const level = priority === 'poll' ? highest(processLoads) : load();
    if (level < REFUSED_FROM[priority]) return 0;
    report(level);
    return 1 + Math.floor(Math.random() * MAX_RETRY_S);
  };
  return {
    load,
    retryAfterSeconds,
    tryEnter: (priority) => {
      const seconds = retryAfterSeconds(priority);
      if (seconds === 0) inFlight += 1;
      return seconds;
    },
    enter: () => {
      inFlight += 1;
    },
    leave: () => {
      inFlight -= 1;
    },
    hold: async (waiting) => {
      inFlight -= 1;
      try {
        return await waiting;
      } finally {
        inFlight += 1;
      }
    },
  };
}
