import { ApiError } from '../errors.ts';
import type { Id } from '../wire/wire.ts';

const MAX_PER_ACCOUNT = 4;
const MAX_PER_BOX = 16;
/** Seconds after which a refused transfer may be tried again. */
const RETRY_AFTER = { account: 1, box: 2 };

/** The uploads and downloads that run now. Each needs up to 1 MiB, and none counts as a request in flight. */
export type Transfers = {
  /**
   * Begins a transfer of a person. @returns a function that ends it; calling it again changes nothing
   * @throws ApiError TOO_MANY_REQUESTS, OVERLOADED, both with the seconds to wait
   */
  begin(userId: Id): () => void;
  /** Runs a whole transfer. @throws the same, and what `work` throws */
  run<T>(userId: Id, work: () => Promise<T>): Promise<T>;
};

export function createTransfers(): Transfers {
  const running = new Map<Id, number>();
  let total = 0;
  const end = (userId: Id) => {
    total -= 1;
    const left = (running.get(userId) ?? 1) - 1;
    if (left > 0) running.set(userId, left);
    else running.delete(userId);
  };
  const begin = (userId: Id) => {
    const own = running.get(userId) ?? 0;
    if (own >= MAX_PER_ACCOUNT) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: RETRY_AFTER.account });
    if (total >= MAX_PER_BOX) throw new ApiError('OVERLOADED', { retryAfter: RETRY_AFTER.box });
    running.set(userId, own + 1);
    total += 1;
    let hasEnded = false;
    return () => {
      if (!hasEnded) end(userId);
      hasEnded = true;
    };
  };
  return {
    begin,
    run: async (userId, work) => {
      const finish = begin(userId);
      try {
        return await work();
      } finally {
        finish();
      }
    },
  };
}
