import { ApiError } from '../errors.ts';

/** Items and bytes of one call. cipher-service takes 200 items; a call of so few bytes keeps it busy for a few milliseconds. */
const MAX_ITEMS = 200;
const MAX_CALL_BYTES = 256 * 1024;
/** So many waiting items are worth a call of their own while another one runs. */
const FULL_ITEMS = MAX_ITEMS / 2;
/** Bytes that one account contributes to a call before the next account has its turn. */
const TURN_BYTES = 32 * 1024;
/** Items in the queue; beyond, requests are refused: more than the service can seal or open in time. */
const MAX_WAITING = 4000;
/** Items of one account that may wait when some wait already. */
const MAX_OF_ACCOUNT = MAX_WAITING / 4;
/** Items of one account that count as load: the waiting requests of one must not make the server refuse others. */
const MAX_COUNTED = MAX_WAITING / 16;

/** Requests that waited longer are refused: together with the call itself, a send is answered within 3 s. */
const TIMEOUT_MS = 1500;

/** Whose request it is, and a signal that aborts when no one waits for the result any more. */
export type Requester = { accountId: string; signal?: AbortSignal | undefined };

type Pending<Item, Answer> = {
  since: number;
  signal: AbortSignal | undefined;
  items: Item[];
  /** How many items are in calls already, and how many of those are answered. */
  sent: number;
  answered: number;
  answers: Answer[];
  isSettled: boolean;
  resolve: (answers: Answer[]) => void;
  reject: (error: unknown) => void;
};

/** The requests of one account, oldest first, and how many of their items wait. */
type AccountQueue<Item, Answer> = { requests: Pending<Item, Answer>[]; waiting: number };

/** An item in a call: the request it belongs to, and its index there. */
type Sent<Item, Answer> = { request: Pending<Item, Answer>; index: number };

/**
 * Micro-batches: requests that arrive during a call share the next one, so that under load one call carries many. The
 * accounts take turns: a large request of one, or many of them, does not delay the others by more than their own share.
 * `call` returns results in the order of its items; when it throws, the requests in it fail, and no others. Up to `maxCalls` run at
 * once, more than one only where they are large: each process then works while the other one does.
 */
export function createBatcher<Item, Answer>(
  call: (items: Item[]) => Promise<Answer[]>,
  bytesOf: (item: Item) => number,
  maxCalls = 1,
): {
  /**
   * @throws ApiError TOO_MANY_REQUESTS when too many items of this account wait, CIPHER_UNAVAILABLE when too many of all
   *   do or it waited too long, MALFORMED_REQUEST when it was aborted
   */
  request(items: Item[], requester?: Requester): Promise<Answer[]>;
  /** How full the queue is, 0 to 1; of one account only a share counts. */
  load(): number;
} {
  /** The account whose turn is next comes first. */
  const queues = new Map<string, AccountQueue<Item, Answer>>();
  let waiting = 0;
  let counted = 0;
  let running = 0;

  const run = async () => {
    running += 1;
    // One turn of the event loop, so that requests that arrive in it share the first call.
    await new Promise((resolve) => setImmediate(resolve));
    do {
      const batch = take();
      if (batch.length === 0) break;
      await send(batch);
    } while (running === 1 || waiting >= FULL_ITEMS);
    running -= 1;
  };

  /** Changes how many items of an account wait; `by` is negative where items leave the queue. */
  const count = (queue: AccountQueue<Item, Answer>, by: number) => {
    counted -= Math.min(queue.waiting, MAX_COUNTED);
    queue.waiting += by;
    counted += Math.min(queue.waiting, MAX_COUNTED);
    waiting += by;
  };

  const take = (): Sent<Item, Answer>[] => {
    const batch: Sent<Item, Answer>[] = [];
    const now = performance.now();
    let bytes = 0;
    while (batch.length < MAX_ITEMS && bytes < MAX_CALL_BYTES) {
      const [next] = queues;
      if (!next) break;
      const [account, queue] = next;
      queues.delete(account);
      const turnEnds = Math.min(bytes + TURN_BYTES, MAX_CALL_BYTES);
      while (batch.length < MAX_ITEMS && bytes < turnEnds) {
        const request = queue.requests[0];
        if (!request) break;
        const item = isWanted(request, now) ? request.items[request.sent] : undefined;
        if (item === undefined) {
          queue.requests.shift();
          count(queue, request.sent - request.items.length);
          continue;
        }
        batch.push({ request, index: request.sent });
        bytes += bytesOf(item);
        request.sent += 1;
        count(queue, -1);
        if (request.sent === request.items.length) queue.requests.shift();
      }
      if (queue.requests.length > 0) queues.set(account, queue);
    }
    return batch;
  };

  /** Whether a request still has to be answered; one that waited too long or was aborted is refused. */
  const isWanted = (request: Pending<Item, Answer>, now: number): boolean => {
    if (request.signal?.aborted) fail(request, new ApiError('MALFORMED_REQUEST'));
    else if (now - request.since >= TIMEOUT_MS) fail(request, unavailable());
    return !request.isSettled;
  };

  const send = async (batch: Sent<Item, Answer>[]) => {
    try {
      const answers = await call(batch.map(({ request, index }) => request.items[index] as Item));
      for (const [n, { request, index }] of batch.entries()) {
        request.answers[index] = answers[n] as Answer;
        request.answered += 1;
        if (request.answered < request.items.length) continue;
        request.isSettled = true;
        request.resolve(request.answers);
      }
    } catch (cause) {
      for (const { request } of batch) fail(request, cause);
    }
  };

  /** Makes room by refusing the newest requests of the account with the most; false when that is this account itself. */
  const makeRoom = (account: string, size: number): boolean => {
    while (waiting + size > MAX_WAITING) {
      const own = (queues.get(account)?.waiting ?? 0) + size;
      const largest = [...queues.values()].reduce((a, b) => (b.waiting > a.waiting ? b : a), NO_QUEUE);
      const newest = largest.waiting > own ? largest.requests.pop() : undefined;
      if (!newest) return false;
      count(largest, newest.sent - newest.items.length);
      fail(newest, unavailable());
    }
    return true;
  };

  return {
    load: () => counted / MAX_WAITING,
    request: (items, { accountId, signal } = NOBODY) => {
      if (items.length === 0) return Promise.resolve([]);
      const own = queues.get(accountId);
      if (own && own.waiting + items.length > MAX_OF_ACCOUNT && accountId !== NOBODY.accountId)
        return Promise.reject(new ApiError('TOO_MANY_REQUESTS', { retryAfter: 1 }));
      if (!makeRoom(accountId, items.length)) return Promise.reject(unavailable());
      return new Promise((resolve, reject) => {
        const queue = queues.get(accountId) ?? { requests: [], waiting: 0 };
        queues.set(accountId, queue);
        count(queue, items.length);
        const since = performance.now();
        queue.requests.push({
          ...{ since, signal, items, resolve, reject },
          ...{ sent: 0, answered: 0, answers: [], isSettled: false },
        });
        if (running === 0 || (running < maxCalls && waiting >= FULL_ITEMS)) void run();
      });
    },
  };
}

/** Requests of this process itself: its own checks. */
const NOBODY: Requester = { accountId: '' };
const NO_QUEUE = { requests: [], waiting: 0 };

function fail(request: { isSettled: boolean; reject: (error: unknown) => void }, error: unknown): void {
  request.isSettled = true;
  request.reject(error);
}

function unavailable(): ApiError {
  return new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2 });
}
