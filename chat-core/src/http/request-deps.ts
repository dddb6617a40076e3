import type { IncomingMessage } from 'node:http';
import type { RequestEvents } from '../audit/request-events.ts';
import type { Log } from '../log.ts';
import type { Freshness } from '../storage/freshness.ts';
import type { ClientIpOf } from './client-ip.ts';
import type { HostVerdict } from './host-check.ts';
import type { RateLimiter } from './limiter.ts';
import type { AcceptQueue } from './load-shedding/accept-queue.ts';
import type { InFlightShares } from './load-shedding/in-flight-shares.ts';
import type { LoadShedder } from './load-shedding/load-shedding.ts';
import type { RefusalDelays } from './load-shedding/refusal-delays.ts';
import type { RequestStats } from './request-stats.ts';
import type { HeaderPolicy } from './respond.ts';
import type { Caller } from './route.ts';

/** What handling a request needs, the same for every route. */
export type RequestDeps = {
  /** The caller of a valid token; undefined for any other. */
  authenticate(token: string): Caller | undefined;
  /** The caller of an unexpired token of this server, even if revoked; undefined for any other. */
  verifyToken(token: string): Caller | undefined;
  /** What to wait for before a token is refused; undefined: nothing. Absent where no other process has the database. */
  missedCommits?: ((token: string) => Promise<void> | undefined) | undefined;
  /** Before memory answers. Absent where no other process has the database. */
  freshness?: Freshness | undefined;
  /** @throws ApiError NOT_OWNER, SECOND_FACTOR_MISSING */
  requireOwner(caller: Caller): void;
  rateLimiter: RateLimiter;
  loadShedder: LoadShedder;
  /** undefined where nothing is limited. */
  shares: InFlightShares | undefined;
  refusalDelays: RefusalDelays;
  /** Whether the disk takes no new content. */
  isDiskFull(): boolean;
  acceptQueue: AcceptQueue;
  clientIpOf: ClientIpOf;
  headerPolicy: HeaderPolicy;
  checkHost: (request: IncomingMessage) => HostVerdict;
  log: Log;
  events: RequestEvents;
  stats: RequestStats;
};
