import { ApiError } from '../errors.ts';
import type { Id } from '../wire/wire.ts';

/** Parts of files that arrive or leave at once. Each takes up to 1 MiB of memory. */
const MAX_OF_ACCOUNT = 4;
const MAX_OF_BOX = 16;
const RETRY_AFTER_S = 2;

/** Counts the running transfers of each account and of the box. */
export function createTransfers(): {
  /** Runs a transfer. @throws ApiError TOO_MANY_REQUESTS, OVERLOADED, or what `work` throws */
  run<T>(userId: Id, work: () => Promise<T>): Promise<T>;
} {
  const running = new Map<Id, number>();
  let all = 0;
  return {
    run: async (userId, work) => {
      const own = running.get(userId) ?? 0;
      if (own >= MAX_OF_ACCOUNT) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: RETRY_AFTER_S });
      if (all >= MAX_OF_BOX) throw new ApiError('OVERLOADED', { retryAfter: RETRY_AFTER_S });
      running.set(userId, own + 1);
      all += 1;
      try {
        return await work();
      } finally {
        all -= 1;
        const left = (running.get(userId) ?? 1) - 1;
        if (left > 0) running.set(userId, left);
        else running.delete(userId);
      }
    },
  };
}

export type Transfers = ReturnType<typeof createTransfers>;
