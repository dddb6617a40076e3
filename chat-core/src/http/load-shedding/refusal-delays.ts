import { LRUCache } from 'lru-cache';

/** Refusals of one account or network that are answered at once, in this time. */
const AT_ONCE = 60;
const WINDOW_MS = 10_000;
/** How long each further one waits. */
const DELAY_MS = 1000;
/** Answers that wait at once, a few KB each; beyond them a refusal is answered at once. */
const MAX_WAITING = 1024;
const MAX_KEYS = 10_000;

/** What is stopped while its answer waits, so that no pipelined request follows. */
export type PausableRequest = { socket: { pause(): unknown; resume(): unknown } };

export type RefusalDelays = {
  /** Runs `answer` at once, or later when the account or network with this key goes on asking after many refusals. */
  answer(key: string, request: PausableRequest, answer: () => void): void;
};

/**
 * A client that asks again at once after each refusal costs the processor as much as one that is served: sixteen
 * connections in a loop took a core. Answered after a second, they are sixteen requests a second, whatever the client does.
 */
export function createRefusalDelays(now: () => number = () => performance.now()): RefusalDelays {
  const refusals = new LRUCache<string, { count: number; endsMs: number }>({
    maxSize: MAX_KEYS,
    sizeCalculation: () => 1,
  });
  let waiting = 0;
  const countOf = (key: string): number => {
    const known = refusals.get(key);
    if (known && now() < known.endsMs) {
      known.count += 1;
      return known.count;
    }
    refusals.set(key, { count: 1, endsMs: now() + WINDOW_MS });
    return 1;
  };
  return {
    answer: (key, { socket }, answer) => {
      if (countOf(key) <= AT_ONCE || waiting >= MAX_WAITING) {
        answer();
        return;
      }
      waiting += 1;
      socket.pause();
      setTimeout(() => {
        waiting -= 1;
        answer();
        socket.resume();
      }, DELAY_MS);
    },
  };
}
