import { ApiError } from '../../errors.ts';
import type { PageBudget } from '../../storage/store.ts';

/** Reads of one account that may wait for the one that runs; a person with several devices has two or three. */
const MAX_WAITING = 28;

/** The budget that pays for the pages from the disk that an account reads: the one that ReadSlots asks before a read. */
export type PageBudgetOf = (accountId: string) => PageBudget;

export type ReadSlots = {
  /**
   * Runs a read of stored texts when no other one of its account runs. `signal` ends its wait.
   * @throws ApiError TOO_MANY_REQUESTS when the budget of the account is used up or too many wait, MALFORMED_REQUEST when
   *   the client went away, or what `read` throws
   */
  run<T>(accountId: string, signal: AbortSignal, read: () => Promise<T>): Promise<T>;
};

/**
 * Reads of stored texts are the most expensive requests, so those of an account run one after the other, with a pause as
 * long as the read before: texts in memory are read without a turn of the event loop, and sixteen large pages in a row
 * would stop it for as long as they take. `requireBudget` throws while the budget is used up; it is asked before each
 * read, so that no rows are read from the disk for an answer that it refuses.
 */
export function createReadSlots(requireBudget: (accountId: string) => void): ReadSlots {
  const accounts = new Map<string, { isReading: boolean; waiting: (() => void)[] }>();
  return {
    run: async (accountId, signal, read) => {
      requireBudget(accountId);
      const account = accounts.get(accountId) ?? { isReading: false, waiting: [] };
      if (account.waiting.length >= MAX_WAITING) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: 1 });
      accounts.set(accountId, account);
      if (!account.isReading) account.isReading = true;
      // Whoever ends a read passes the slot on.
      else await new Promise<void>((resolve) => account.waiting.push(resolve));
      const started = performance.now();
      try {
        if (signal.aborted) throw new ApiError('MALFORMED_REQUEST');
        requireBudget(accountId);
        return await read();
      } finally {
        if (account.waiting.length === 0) accounts.delete(accountId);
        // In the next turn the answer is written: it counts too.
        else setImmediate(() => setTimeout(() => account.waiting.shift()?.(), performance.now() - started));
      }
    },
  };
}
