import { ApiError } from '../errors.ts';
import type { Id } from '../wire/wire.ts';

/** Searches that run at once in the box, and those that may wait: of all, and of one person with several devices. */
const MAX_RUNNING = 2;
const MAX_WAITING = 16;
const MAX_WAITING_OF_PERSON = 3;

export type SearchSlot = {
  /** Resolves when the search may run; rejects with MALFORMED_REQUEST when its client goes away before. */
  ready: Promise<void>;
  /** Gives the slot back, or the place in the queue; the second time it does nothing. */
  release: () => void;
};
export type SearchSlots = {
  /** @throws ApiError TOO_MANY_REQUESTS when too many wait */
  take(userId: Id, signal: AbortSignal): SearchSlot;
};

type Waiting = { userId: Id; start: () => void };

/** One search per person and two in the box at once; the others wait in the order in which they came. */
export function createSearchSlots(): SearchSlots {
  const running = new Set<Id>();
  const waiting: Waiting[] = [];
  const startNext = () => {
    while (running.size < MAX_RUNNING) {
      const index = waiting.findIndex(({ userId }) => !running.has(userId));
      const [next] = index < 0 ? [] : waiting.splice(index, 1);
      if (!next) return;
      running.add(next.userId);
      next.start();
    }
  };
  return {
    take: (userId, signal) => {
      const own = waiting.filter((one) => one.userId === userId).length;
      if (waiting.length >= MAX_WAITING || own >= MAX_WAITING_OF_PERSON)
        throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: 1 });
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let state: 'waiting' | 'running' | 'over' = 'waiting';
      const entry: Waiting = {
        userId,
        start: () => {
          state = 'running';
          resolve();
        },
      };
      const release = () => {
        signal.removeEventListener('abort', leave);
        if (state === 'running') running.delete(userId);
        else if (state === 'waiting') waiting.splice(waiting.indexOf(entry), 1);
        state = 'over';
        startNext();
      };
      const leave = () => {
        if (state !== 'waiting') return;
        release();
        reject(new ApiError('MALFORMED_REQUEST'));
      };
      waiting.push(entry);
      signal.addEventListener('abort', leave);
      if (signal.aborted) leave();
      else startNext();
      return { ready: promise, release };
    },
  };
}
