import type { Store } from '../../src/storage/store.ts';
import { until } from './until.ts';

/**
 * Starts all requests, holds each at its transaction, after its first checks, and then runs the transactions in `order`,
 * a list of indexes. Returns the answers in the order of `requests`.
 */
export async function transactInOrder<T>(
  store: Store,
  requests: (() => PromiseLike<T>)[],
  order: number[],
): Promise<T[]> {
  const { transact } = store;
  const waiting: (() => void)[] = [];
  store.transact = (work) =>
    new Promise<void>((go) => waiting.push(go)).then(() => transact(work)) as ReturnType<
      typeof transact<never>
    >;
  const answers: Promise<T>[] = [];
  try {
    for (const request of requests) {
      answers.push(Promise.resolve(request()));
      await until(() => waiting.length === answers.length);
    }
    for (const index of order) {
      waiting[index]?.();
      await answers[index];
    }
  } finally {
    store.transact = transact;
  }
  return Promise.all(answers);
}

/** Both orders of two requests. */
export const BOTH_ORDERS = [
  [0, 1],
  [1, 0],
];
