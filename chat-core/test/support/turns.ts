import type { Store } from '../../src/storage/store.ts';
import { until } from './until.ts';

/**
 * Holds back the transactions of a store, so that a test says in which order they get their turn: each wish is started
 * and waits at its transaction, whatever it has checked before. `order` names wishes by their place; answers as given.
 */
export async function inTurns<T>(
  store: Store,
  wishes: (() => PromiseLike<T>)[],
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
    for (const wish of wishes) {
      answers.push(Promise.resolve(wish()));
      await until(() => waiting.length === answers.length);
    }
    for (const place of order) {
      waiting[place]?.();
      await answers[place];
    }
  } finally {
    store.transact = transact;
  }
  return Promise.all(answers);
}

/** Both orders of two. */
export const BOTH_ORDERS = [
  [0, 1],
  [1, 0],
];
