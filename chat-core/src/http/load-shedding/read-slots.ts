import { ApiError } from '../../errors.ts';

/** Reads of one account that run at once, and those that wait for them; a person with several devices has two or three. */
const MAX_RUNNING = 4;
const MAX_WAITING = 28;

export type ReadSlots = {
  /**
   * Runs a read of stored texts when fewer than four of its account run. `signal` ends its wait.
   * @throws ApiError TOO_MANY_REQUESTS when the budget of the account is used up or too many wait, MALFORMED_REQUEST when
   *   the client went away, or what `read` throws
   */
  run<T>(accountId: string, signal: AbortSignal, read: () => Promise<T>): Promise<T>;
};

/**
 * Reads of stored texts are the most expensive requests: an account has few at once, so that its rows are not read from
 * the disk for answers that its budget refuses. `requireBudget` throws while it is used up; it is asked before each read.
 */
export function createReadSlots(requireBudget: (accountId: string) => void): ReadSlots {
  const accounts = new Map<string, { running: number; waiting: (() => void)[] }>();
  return {
    run: async (accountId, signal, read) => {
      requireBudget(accountId);
      const account = accounts.get(accountId) ?? { running: 0, waiting: [] };
      if (account.waiting.length >= MAX_WAITING) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: 1 });
      accounts.set(accountId, account);
      if (account.running < MAX_RUNNING) account.running += 1;
      // Who ends a read passes its slot on.
      else await new Promise<void>((resolve) => account.waiting.push(resolve));
      try {
        if (signal.aborted) throw new ApiError('MALFORMED_REQUEST');
        requireBudget(accountId);
        return await read();
      } finally {
        const next = account.waiting.shift();
        if (next) next();
        else account.running -= 1;
        if (account.running === 0) accounts.delete(accountId);
      }
    },
  };
}
