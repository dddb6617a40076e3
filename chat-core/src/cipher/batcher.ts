import { ApiError } from '../errors.ts';

/** Items that cipher-service accepts in one call. */
const MAX_ITEMS = 200;
/** Items in the queue; beyond, requests are refused: more than the service can seal in time. */
const MAX_WAITING = 4000;

/** Requests that waited longer are refused: together with the call itself, a send is answered within 3 s. */
const TIMEOUT_MS = 1500;

type Pending<Item, Answer> = {
  since: number;
  items: Item[];
  resolve: (answers: Answer[]) => void;
  reject: (error: unknown) => void;
};

/**
 * Micro-batches: requests that arrive during a call share the next one, so that under load one call carries many.
 * `call` returns results in the order of its items; when it throws, the requests in it fail, and no others.
 */
export function createBatcher<Item, Answer>(
  call: (items: Item[]) => Promise<Answer[]>,
): {
  request(items: Item[]): Promise<Answer[]>;
  /** How full the queue is, 0 to 1. */
  load(): number;
} {
  let queue: Pending<Item, Answer>[] = [];
  let waiting = 0;
  let running = false;

  const run = async () => {
    running = true;
    // One turn of the event loop, so that requests that arrive in it share the first call.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) await send(take().filter(isInTime));
    running = false;
  };

  const take = (): Pending<Item, Answer>[] => {
    let count = 0;
    const fitting = queue.findIndex(({ items }) => {
      count += items.length;
      return count > MAX_ITEMS;
    });
    const batch = fitting < 0 ? queue : queue.slice(0, Math.max(1, fitting));
    queue = queue.slice(batch.length);
    return batch;
  };

  const isInTime = (one: Pending<Item, Answer>): boolean => {
    if (performance.now() - one.since < TIMEOUT_MS) return true;
    waiting -= one.items.length;
    one.reject(new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2 }));
    return false;
  };

  const send = async (batch: Pending<Item, Answer>[]) => {
    const items = batch.flatMap((one) => one.items);
    waiting -= items.length;
    try {
      const answers: Answer[] = [];
      for (let index = 0; index < items.length; index += MAX_ITEMS) {
        answers.push(...(await call(items.slice(index, index + MAX_ITEMS))));
      }
      let from = 0;
      for (const one of batch) {
        one.resolve(answers.slice(from, from + one.items.length));
        from += one.items.length;
      }
    } catch (cause) {
      for (const one of batch) one.reject(cause);
    }
  };

  return {
    load: () => waiting / MAX_WAITING,
    request: (items) => {
      if (items.length === 0) return Promise.resolve([]);
      if (waiting + items.length > MAX_WAITING) {
        return Promise.reject(new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2 }));
      }
      waiting += items.length;
      return new Promise((resolve, reject) => {
        queue.push({ since: performance.now(), items, resolve, reject });
        if (!running) void run();
      });
    },
  };
}
