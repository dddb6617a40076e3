import { ApiError } from '../../errors.ts';
import { type LoadShedder, MAX_IN_FLIGHT } from './load-shedding.ts';

/** Of the requests that may be in flight, those of one account and those of one network: a school, or a provider's NAT. */
const ACCOUNT_SHARE = 1 / 4;
const NETWORK_SHARE = 3 / 4;
const RETRY_AFTER_S = 1;

export type InFlightShares = {
  /** Whether an account could have used up its share: while it is false, `requireRoom` refuses no request of an account. */
  isCrowded(): boolean;
  /** @throws ApiError TOO_MANY_REQUESTS when the account, if there is one, or the network has its share in flight */
  requireRoom(accountId: string | undefined, network: string): void;
  /** Counts a request until the returned function is called. */
  enter(accountId: string | undefined, network: string): () => void;
};

/**
 * Shares of the requests in flight, so that the slow requests of one account or network leave room for those of others.
 * Ids and addresses never are the same text. The map has no more entries than there are requests in flight.
 */
export function createInFlightShares(maxInFlight = MAX_IN_FLIGHT): InFlightShares {
  const accountMax = Math.ceil(maxInFlight * ACCOUNT_SHARE);
  const networkMax = Math.ceil(maxInFlight * NETWORK_SHARE);
  const counts = new Map<string, number>();
  let total = 0;
  const add = (key: string, change: number) => {
    const count = (counts.get(key) ?? 0) + change;
    if (count > 0) counts.set(key, count);
    else counts.delete(key);
  };
  const hasRoom = (key: string, max: number) => (counts.get(key) ?? 0) < max;
  return {
    isCrowded: () => total >= accountMax,
    requireRoom: (accountId, network) => {
      if (accountId !== undefined && !hasRoom(accountId, accountMax)) throw refusal();
      if (!hasRoom(network, networkMax)) throw refusal();
    },
    enter: (accountId, network) => {
      const keys = accountId === undefined ? [network] : [accountId, network];
      total += 1;
      for (const key of keys) add(key, 1);
      return () => {
        total -= 1;
        for (const key of keys) add(key, -1);
      };
    },
  };
}

const refusal = () => new ApiError('TOO_MANY_REQUESTS', { retryAfter: RETRY_AFTER_S });

/** Finds out the network of a request where it is asked for. */
type Client = { clientIp(): string };

/** One request that the load shedder has let in, until it is answered: how it counts as in flight, and in whose shares. */
export class RequestInFlight {
  private readonly loadShedder: LoadShedder;
  private readonly shares: InFlightShares | undefined;
  private hasLeft = false;
  private isHeld = false;
  private owner: { accountId: string | undefined; network: string } | undefined;
  private leaveShares: (() => void) | undefined;

  /** @param shares undefined where nothing is limited */
  constructor(loadShedder: LoadShedder, shares: InFlightShares | undefined) {
    this.loadShedder = loadShedder;
    this.shares = shares;
  }

  /** @throws ApiError TOO_MANY_REQUESTS when the shares that it would count in are used up */
  requireRoom(accountId: string | undefined, client: Client): void {
    if (this.shares?.isCrowded()) this.shares.requireRoom(accountId, client.clientIp());
  }

  /** From now on it counts in the shares: its handler waits for something. */
  enterShares(accountId: string | undefined, client: Client): void {
    if (!this.shares) return;
    this.owner = { accountId, network: client.clientIp() };
    this.countShares();
  }

  /** Awaits what may take minutes; meanwhile the request does not count. */
  async hold<T>(waiting: Promise<T>): Promise<T> {
    this.isHeld = true;
    this.uncountShares();
    try {
      return await this.loadShedder.hold(waiting);
    } finally {
      this.isHeld = false;
      this.countShares();
    }
  }

  /** It is answered; calling it again changes nothing. */
  leave(): void {
    if (!this.hasLeft) this.loadShedder.leave();
    this.hasLeft = true;
    this.uncountShares();
  }

  private countShares(): void {
    if (!this.shares || !this.owner || this.isHeld || this.hasLeft) return;
    this.leaveShares = this.shares.enter(this.owner.accountId, this.owner.network);
  }

  private uncountShares(): void {
    this.leaveShares?.();
    this.leaveShares = undefined;
  }
}
