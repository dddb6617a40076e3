import { ApiError } from '../errors.ts';

/** What cipher-service takes in one call (design §5). */
const MAX_ITEMS = 200;
/** Beyond this the box is asked for more than it can seal. */
const MAX_WAITING = 4000;

/** Who has waited so long, in milliseconds, is refused: with the call's own time a send is answered within 3 s. */
const TIMEOUT_MS = 1500;

type Waiting<Item, Answer> = {
  since: number;
  items: Item[];
  done: (answers: Answer[]) => void;
  fail: (error: unknown) => void;
};

/**
 * Micro-batches: what is asked while a call is under way goes together in the next, so that under load one call
 * carries many. `call` answers its items in order; when it throws, those it carried fail, and nothing else.
 */
export function createBatcher<Item, Answer>(
  call: (items: Item[]) => Promise<Answer[]>,
): {
  ask(items: Item[]): Promise<Answer[]>;
  /** How full the queue is, 0 to 1. */
  load(): number;
} {
  let queue: Waiting<Item, Answer>[] = [];
  let waiting = 0;
  let running = false;

  const run = async () => {
    running = true;
    // One turn of the event loop, so that requests read in it share the first call too.
    await new Promise((turn) => setImmediate(turn));
    while (queue.length > 0) await send(take().filter(isPatient));
    running = false;
  };

  const take = (): Waiting<Item, Answer>[] => {
    let count = 0;
    const fitting = queue.findIndex(({ items }) => {
      count += items.length;
      return count > MAX_ITEMS;
    });
    const batch = fitting < 0 ? queue : queue.slice(0, Math.max(1, fitting));
    queue = queue.slice(batch.length);
    return batch;
  };

  const isPatient = (one: Waiting<Item, Answer>): boolean => {
    if (performance.now() - one.since < TIMEOUT_MS) return true;
    waiting -= one.items.length;
    one.fail(new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2 }));
    return false;
  };

  const send = async (batch: Waiting<Item, Answer>[]) => {
    const items = batch.flatMap((one) => one.items);
    waiting -= items.length;
    try {
      const answers: Answer[] = [];
      for (let at = 0; at < items.length; at += MAX_ITEMS) {
        answers.push(...(await call(items.slice(at, at + MAX_ITEMS))));
      }
      let from = 0;
      for (const one of batch) {
        one.done(answers.slice(from, from + one.items.length));
        from += one.items.length;
      }
    } catch (cause) {
      for (const one of batch) one.fail(cause);
    }
  };

  return {
    load: () => waiting / MAX_WAITING,
    ask: (items) => {
      if (items.length === 0) return Promise.resolve([]);
      if (waiting + items.length > MAX_WAITING) {
        return Promise.reject(new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2 }));
      }
      waiting += items.length;
      return new Promise((done, fail) => {
        queue.push({ since: performance.now(), items, done, fail });
        if (!running) void run();
      });
    },
  };
}
