import { setTimeout } from 'node:timers/promises';
import { ApiError } from '../errors.ts';
import type { Id } from '../wire/wire.ts';

const MAX_PER_ACCOUNT = 4;
const MAX_PER_BOX = 16;
/** On a full box a transfer that has moved nothing for so long, or a part that takes longer, gives its place to another account. */
const MAX_IDLE_MS = 15_000;
/** The longest pause after a part: one that came by a slow line has let others work already. */
const MAX_PAUSE_MS = 50;
/** Seconds after which a refused transfer may be tried again. */
const RETRY_AFTER = { account: 1, box: 2 };

/** A transfer that runs. `signal` aborts when its place is given to another account; then its client begins again later. */
export type Transfer = {
  signal: AbortSignal;
  /** It has moved bytes. */
  progress(): void;
  /** Ends it; calling it again changes nothing. */
  end(): void;
};

/** The uploads and downloads that run now. Each needs up to 1 MiB, and none counts as a request in flight. */
export type Transfers = {
  /**
   * Begins a transfer of a person. On a full box it takes the place of one that stands still, or of one of the account that
   * has most and more than this one will have: so a few accounts whose transfers never end keep no one else out.
   * @throws ApiError TOO_MANY_REQUESTS, OVERLOADED, both with the seconds to wait
   */
  begin(userId: Id): Transfer;
  /**
   * Runs a whole transfer. Beside others it ends after a pause as long as it took, so that fast lines do not use up the
   * processor, and texts between their parts do not wait. @throws the same, and what `work` throws
   */
  run<T>(userId: Id, work: (transfer: Transfer) => Promise<T>): Promise<T>;
};

type Running = { userId: Id; movedAt: number; controller: AbortController };

/** @param now monotonic milliseconds */
export function createTransfers(
  now: () => number = () => performance.now(),
  pause: (ms: number) => Promise<unknown> = setTimeout,
): Transfers {
  /** In the order in which they began. */
  const running = new Set<Running>();

  function countOf(userId: Id): number {
    return running.values().reduce((count, one) => count + (one.userId === userId ? 1 : 0), 0);
  }

  /** The transfer that gives its place to one of this account, which has `own`. */
  function leastDeserving(userId: Id, own: number): Running | undefined {
    const others = [...running].filter((one) => one.userId !== userId);
    const stillest = leastBy(others, ({ movedAt }) => movedAt);
    if (stillest && now() - stillest.movedAt >= MAX_IDLE_MS) return stillest;
    const largest = leastBy(others, (one) => -countOf(one.userId));
    if (!largest || countOf(largest.userId) <= own + 1) return undefined;
    return leastBy(
      others.filter((one) => one.userId === largest.userId),
      ({ movedAt }) => movedAt,
    );
  }

  function begin(userId: Id): Transfer {
    const own = countOf(userId);
    if (own >= MAX_PER_ACCOUNT) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: RETRY_AFTER.account });
    if (running.size >= MAX_PER_BOX) {
      const displaced = leastDeserving(userId, own);
      if (!displaced) throw displacedError();
      running.delete(displaced);
      displaced.controller.abort(displacedError());
    }
    const one: Running = { userId, movedAt: now(), controller: new AbortController() };
    running.add(one);
    return {
      signal: one.controller.signal,
      progress: () => {
        one.movedAt = now();
      },
      end: () => void running.delete(one),
    };
  }

  return {
    begin,
    run: async (userId, work) => {
      const transfer = begin(userId);
      const started = now();
      try {
        const result = await work(transfer);
        if (running.size > 1) await pause(Math.min(now() - started, MAX_PAUSE_MS));
        return result;
      } finally {
        transfer.end();
      }
    },
  };
}

function displacedError(): ApiError {
  return new ApiError('OVERLOADED', { retryAfter: RETRY_AFTER.box });
}

/** The first of those with the smallest value. */
function leastBy<T>(all: T[], value: (one: T) => number): T | undefined {
  return all.reduce<T | undefined>(
    (best, one) => (best !== undefined && value(best) <= value(one) ? best : one),
    undefined,
  );
}
