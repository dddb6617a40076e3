import type { Load } from './process-load.ts';

/** Time for new requests in one event-loop iteration; the rest goes to requests in flight. */
const ITERATION_BUDGET_MS = 4;
/** The queue's length; further requests wait unread in their sockets, where they cost nothing and do not age. */
const MAX_QUEUED = 64;
/** A request that would wait longer is refused instead. */
const MAX_WAIT_MS = 400;
/** The weight of the newest iteration in the moving average of requests per millisecond. */
const NEWEST_WEIGHT = 0.05;

export type PausableSocket = { pause(): unknown; resume(): unknown };

export type AcceptQueue = {
  /** Whether a new request may be handled at once: this iteration has time left, and the queue is empty. */
  hasRoom(): boolean;
  /** Runs `work` in one of the next iterations: urgent work first, otherwise in the order of arrival. */
  enqueue(isUrgent: boolean, work: () => void): void;
  /** Stops reading a socket until the queue has room. Its request in flight must have no body. */
  pauseIfFull(socket: PausableSocket): void;
  /** The expected wait of a new request, as a share of the longest allowed. */
  load: Load;
};

/**
 * Bounds how many new requests one iteration of the event loop takes in. A send needs several iterations (its body, the
 * cipher's answer, the disk's): with thousands of readable sockets, each iteration would answer all of them first, and
 * every step of the send would wait for that.
 */
export function createAcceptQueue(now: () => number = () => performance.now()): AcceptQueue {
  const urgent = createFifo<() => void>();
  const others = createFifo<() => void>();
  const paused = createFifo<PausableSocket>();
  let queued = 0;
  let budgetEnds = 0;
  let isScheduled = false;
  let previousStart = 0;
  let requestsPerMs = 0;

  const startIteration = () => {
    isScheduled = false;
    if (queued + paused.length() === 0) return;
    const [started, before] = [now(), queued];
    schedule(started);
    while (queued > 0 && now() < budgetEnds) {
      const work = urgent.shift() ?? others.shift();
      queued -= 1;
      work?.();
    }
    const rate = (before - queued) / Math.max(started - previousStart, 1);
    // An iteration with time left measures how many requests came, not how many could be handled.
    if (queued > 0 || rate > requestsPerMs)
      requestsPerMs = requestsPerMs === 0 ? rate : requestsPerMs + (rate - requestsPerMs) * NEWEST_WEIGHT;
    previousStart = started;
    for (let room = MAX_QUEUED - queued; room > 0; room--) paused.shift()?.resume();
  };
  const schedule = (started: number) => {
    budgetEnds = started + ITERATION_BUDGET_MS;
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(startIteration);
  };
  return {
    hasRoom: () => {
      if (queued > 0) return false;
      const current = now();
      if (!isScheduled) {
        previousStart = current;
        schedule(current);
      }
      return current < budgetEnds;
    },
    enqueue: (isUrgent, work) => {
      (isUrgent ? urgent : others).push(work);
      queued += 1;
    },
    pauseIfFull: (socket) => {
      if (queued + paused.length() < MAX_QUEUED) return;
      socket.pause();
      paused.push(socket);
    },
    load: () => (requestsPerMs === 0 ? 0 : (queued + paused.length()) / requestsPerMs / MAX_WAIT_MS),
  };
}

type Fifo<T> = { push(item: T): void; shift(): T | undefined; length(): number };

/** A queue with a `shift` in constant time. */
function createFifo<T>(): Fifo<T> {
  let items: T[] = [];
  let index = 0;
  return {
    push: (item) => {
      items.push(item);
    },
    shift: () => {
      const item = items[index];
      index += 1;
      if (index >= items.length) {
        items = [];
        index = 0;
      }
      return item;
    },
    length: () => items.length - index,
  };
}
