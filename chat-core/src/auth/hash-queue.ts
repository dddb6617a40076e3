import { ApiError } from '../errors.ts';

/** Who a hash is for: its account, or the name that was typed, and the network of the client. Logins come first. */
export type HashOwner = { account: string; network: string; isLogin?: true };

export type HashQueueLimits = {
  /** Hashes at once; more would only slow each other down on a machine with four slow cores. */
  running: number;
  /** Hashes that wait, in all, of one network and of one account: a school may log in at once behind one address. */
  waiting: number;
  perNetwork: number;
  perAccount: number;
  timeoutMs: number;
};

const LIMITS: HashQueueLimits = {
  running: 2,
  waiting: 128,
  perNetwork: 96,
  perAccount: 4,
  timeoutMs: 15_000,
};
/** Of this many hashes one is no login while others wait: a password must be changeable during a storm of logins. */
const OTHERS_TURN = 4;
const RETRY_AFTER_SECONDS = 5;

type Waiting = HashOwner & { tag: number; start: () => void; refuse: () => void };

/** Runs the hashing of passwords a few at a time, in turn for the networks that wait, so that none fills the queue. */
export type HashQueue = <T>(owner: HashOwner, work: () => Promise<T>) => Promise<T>;

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) over networks: each hash of a network comes one round after its last
 * one. A full queue refuses the hash of the network that has most waiting.
 * The queue throws ApiError TOO_MANY_REQUESTS when it refuses a hash or has let it wait too long.
 */
export function createHashQueue(limits: HashQueueLimits = LIMITS): HashQueue {
  let waiting: Waiting[] = [];
  /** The round of the last hash of each network that is ahead of the present round. */
  const lastTags = new Map<string, number>();
  let [running, round, turn] = [0, 0, 0];

  function leave(entry: Waiting): void {
    waiting = waiting.filter((one) => one !== entry);
  }

  function next(): Waiting | undefined {
    turn += 1;
    const logins = waiting.filter(({ isLogin }) => isLogin);
    const others = waiting.filter(({ isLogin }) => !isLogin);
    const [first, second] = turn % OTHERS_TURN === 0 ? [others, logins] : [logins, others];
    const candidates = first.length > 0 ? first : second;
    return candidates.reduce<Waiting | undefined>(
      (best, one) => (best && best.tag <= one.tag ? best : one),
      undefined,
    );
  }

  /** The entry that a full queue gives up: no login where there is one, then the one whose turn is last. */
  function lastOf(entries: Waiting[]): Waiting | undefined {
    const others = entries.filter(({ isLogin }) => !isLogin);
    const candidates = others.length > 0 ? others : entries;
    return candidates.reduce<Waiting | undefined>(
      (worst, one) => (worst && worst.tag > one.tag ? worst : one),
      undefined,
    );
  }

  function enter(owner: HashOwner): Promise<void> {
    const { account, network } = owner;
    const count = (isOne: (one: Waiting) => boolean) => waiting.filter(isOne).length;
    if (
      count((one) => one.account === account) >= limits.perAccount ||
      count((one) => one.network === network) >= limits.perNetwork
    )
      return Promise.reject(tooMany());
    const tag = Math.max(round, lastTags.get(network) ?? 0) + 1;
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => entry.refuse(), limits.timeoutMs);
      const entry: Waiting = {
        ...owner,
        tag,
        start: () => {
          clearTimeout(timeout);
          resolve();
        },
        refuse: () => {
          clearTimeout(timeout);
          leave(entry);
          reject(tooMany());
        },
      };
      lastTags.set(network, tag);
      waiting.push(entry);
      if (waiting.length > limits.waiting) lastOf(waiting)?.refuse();
    });
  }

  /** The slot of a finished hash passes to the next one, so that no newcomer overtakes it. */
  function release(): void {
    const entry = next();
    if (!entry) {
      running -= 1;
      lastTags.clear();
      return;
    }
    leave(entry);
    round = Math.max(round, entry.tag);
    for (const [network, tag] of lastTags) if (tag <= round) lastTags.delete(network);
    entry.start();
  }

  return async (owner, work) => {
    if (running < limits.running) running += 1;
    else await enter(owner);
    try {
      return await work();
    } finally {
      release();
    }
  };
}

function tooMany(): ApiError {
  return new ApiError('TOO_MANY_REQUESTS', { retryAfter: RETRY_AFTER_SECONDS });
}
