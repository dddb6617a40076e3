import type { Pressure } from './process-load.ts';

/** Of each turn of the event loop so much goes to requests that have just come; then whatever is under way goes on. */
const TURN_MS = 4;
/** So many wait here, a turn's worth; further ones wait in their sockets, where they cost nothing and do not grow old. */
const MAX_WAITING = 64;
/** Whoever would wait longer before being looked at is refused instead. */
const MAX_WAIT_MS = 400;
/** The weight of the newest turn in the number of requests a millisecond takes. */
const NEWEST = 0.05;

/** A socket that can be read later. */
export type Resting = { pause(): unknown; resume(): unknown };

export type Turns = {
  /** Whether what comes now is worked on at once: the turn has time left, and nobody waits. */
  isOpen(): boolean;
  /** Does this in a later turn: the urgent first, the others in the order they came. */
  wait(isUrgent: boolean, work: () => void): void;
  /** Does not read what comes next on a socket until there is room for it. Its request that is under way has no body. */
  rest(socket: Resting): void;
  /** The expected wait of what comes now; 1 is as long as anybody waits. */
  pressure: Pressure;
};

/**
 * Bounds what one turn of the event loop takes in. A send needs several turns (its body, the cipher's answer, the disk's):
 * where thousands of sockets are full, each turn would answer all of them first, and a send would wait for that each time.
 */
export function openTurns(now: () => number = () => performance.now()): Turns {
  const urgent = openQueue<() => void>();
  const others = openQueue<() => void>();
  const resting = openQueue<Resting>();
  let until = 0;
  let isMarked = false;
  let begun = 0;
  let perMs = 0;

  let waiting = 0;

  const end = () => {
    isMarked = false;
    if (waiting + resting.length() === 0) return;
    const [started, before] = [now(), waiting];
    mark(started);
    while (waiting > 0 && now() < until) {
      const work = urgent.next() ?? others.next();
      waiting -= 1;
      work?.();
    }
    const rate = (before - waiting) / Math.max(started - begun, 1);
    // A turn that had time left says how much came, not how much can be done.
    if (waiting > 0 || rate > perMs) perMs = perMs === 0 ? rate : perMs + (rate - perMs) * NEWEST;
    begun = started;
    for (let room = MAX_WAITING - waiting; room > 0; room--) resting.next()?.resume();
  };
  const mark = (started: number) => {
    until = started + TURN_MS;
    if (isMarked) return;
    isMarked = true;
    setImmediate(end);
  };
  return {
    isOpen: () => {
      if (waiting > 0) return false;
      const at = now();
      if (!isMarked) {
        begun = at;
        mark(at);
      }
      return at < until;
    },
    wait: (isUrgent, work) => {
      (isUrgent ? urgent : others).add(work);
      waiting += 1;
    },
    rest: (socket) => {
      if (waiting + resting.length() < MAX_WAITING) return;
      socket.pause();
      resting.add(socket);
    },
    pressure: () => (perMs === 0 ? 0 : (waiting + resting.length()) / perMs / MAX_WAIT_MS),
  };
}

type Queue<T> = { add(one: T): void; next(): T | undefined; length(): number };

/** First in, first out, without moving what stays. */
function openQueue<T>(): Queue<T> {
  let waiting: T[] = [];
  let at = 0;
  return {
    add: (one) => {
      waiting.push(one);
    },
    next: () => {
      const one = waiting[at];
      at += 1;
      if (at >= waiting.length) {
        waiting = [];
        at = 0;
      }
      return one;
    },
    length: () => waiting.length - at,
  };
}
