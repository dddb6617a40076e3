import type { Client } from 'pg';
import { ApiError } from '../../../errors.ts';
import type { Freshness } from '../../freshness.ts';
import { CHANNEL } from '../commits/commit-statement.ts';
import { checkHistory, OtherHistory } from '../commits/history-check.ts';
import { type Connections, connect, type Query } from '../connections/connection.ts';
import { showLiving } from '../upkeep/living-cores.ts';
import type { Box } from './load-replica.ts';
import { MissingCommits, type Replica } from './replica.ts';
import { SIGNALS } from './signal-channel.ts';

/** The position of the database is read so often: it is the truth, a notice only makes it faster. */
const POLL_MS = 250;
const RECONNECT_MS = 500;
/** What a core has in memory answers for so long after the database was read: it may lack what others committed since. */
const STALE_MS = 5000;
/** So long a request waits for the database to be read again. */
const REREAD_MS = 1000;

export type FollowerOptions = {
  config: Connections;
  query: Query;
  replica: Replica;
  /** Called with the row of the box at each poll, and when it was asked for. */
  onBox: (box: Box, askedAt: number) => void;
  /** This core cannot follow the database any more: only a new start helps. */
  onLost: (error: Error) => void;
  warn: (message: string, details: Record<string, unknown>) => void;
  /** Called with what another core signals. */
  onSignals: (payload: string) => void;
  /** Whether it listens for notices; without them only the polls find commits. */
  listens: boolean;
};

/** Follows the commits of other cores. */
export class Follower implements Freshness {
  private readonly options: FollowerOptions;
  private listener: Client | undefined;
  private pollTimer: NodeJS.Timeout | undefined;
  private reconnectTimer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private queued: Promise<void> | undefined;
  private polling: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;
  private freshAt = performance.now();
  private staleTimer: NodeJS.Timeout | undefined;
  private readonly staleListeners = new Set<() => void>();
  private isClosed = false;
  private isSilent = false;

  constructor(options: FollowerOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    if (this.options.listens) await this.listen();
    this.schedulePoll();
  }

  /** Whether the database was reached within the last seconds. */
  isFresh(): boolean {
    return performance.now() - this.freshAt < STALE_MS;
  }

  wait(): Promise<void> | undefined {
    if (this.isFresh()) return undefined;
    this.waiting ??= this.reread().finally(() => {
      this.waiting = undefined;
    });
    return this.waiting;
  }

  onStale(listener: () => void): void {
    this.staleListeners.add(listener);
  }

  private async reread(): Promise<void> {
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, REREAD_MS).unref());
    // The first may have begun before the process stood still.
    for (let attempt = 1; attempt <= 2 && !this.isFresh(); attempt++)
      await Promise.race([this.poll(), timeout]);
    if (this.isFresh()) return;
    const detail = 'This server cannot reach its database, and does not know what is new. Try again soon.';
    throw new ApiError('STORAGE_UNAVAILABLE', { detail, retryAfter: 2 });
  }

  /** What the database had at a time on the clock of `performance` is here. */
  private isCurrentAsOf(readAt: number): void {
    this.freshAt = Math.max(this.freshAt, readAt);
    clearTimeout(this.staleTimer);
    const leftMs = this.freshAt + STALE_MS - performance.now();
    this.staleTimer = setTimeout(() => {
      if (!this.isFresh()) for (const listener of this.staleListeners) listener();
    }, Math.ceil(leftMs)).unref();
  }

  /** Applies every commit that was durable when this was called. */
  catchUp(): Promise<void> {
    if (!this.running) {
      this.running = this.read().finally(() => {
        this.running = undefined;
      });
      return this.running;
    }
    this.queued ??= this.running
      .catch(() => {})
      .then(() => {
        this.queued = undefined;
        return this.catchUp();
      });
    return this.queued;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.pollTimer);
    clearTimeout(this.reconnectTimer);
    clearTimeout(this.staleTimer);
    await this.listener?.end().catch(() => {});
    await this.polling;
    await Promise.allSettled([this.running, this.queued]);
  }

  private async read(): Promise<void> {
    const { query, replica, onLost } = this.options;
    try {
      await replica.catchUp(async (text, values) => ({ rows: await query(text, values) }));
    } catch (error) {
      if (error instanceof MissingCommits || error instanceof OtherHistory) onLost(error);
      throw error;
    }
  }

  private schedulePoll(): void {
    this.pollTimer = setTimeout(() => {
      void this.poll().finally(() => {
        if (!this.isClosed) this.schedulePoll();
      });
    }, POLL_MS).unref();
  }

  /** Compares with the database, once at a time. Never throws. */
  private poll(): Promise<void> {
    this.polling ??= this.compare().finally(() => {
      this.polling = undefined;
    });
    return this.polling;
  }

  private async compare(): Promise<void> {
    const { query, replica, onBox, onLost, warn } = this.options;
    try {
      const applied = replica.applied();
      const askedAt = performance.now();
      const [box] = await query<Box>('select * from box');
      checkHistory(box, applied);
      if (!box) return;
      if (box.revision > replica.revision || box.epoch !== applied.epoch) await this.catchUp();
      if (box.revision > replica.revision)
        throw new MissingCommits('this core was away for longer than commits are kept for it');
      onBox(box, askedAt);
      this.isCurrentAsOf(askedAt);
      if (this.isSilent) warn('the database answers again', {});
      this.isSilent = false;
    } catch (error) {
      if (error instanceof MissingCommits || error instanceof OtherHistory) onLost(error);
      else if (!this.isSilent && !this.isFresh()) {
        this.isSilent = true;
        warn('the database does not answer', { err: error });
      }
    }
  }

  private async listen(): Promise<void> {
    const { config, replica, onSignals } = this.options;
    const lost = () => {
      if (this.isClosed || this.reconnectTimer) return;
      this.listener = undefined;
      this.reconnectTimer = setTimeout(() => {
        this.reconnectTimer = undefined;
        void this.listen().catch(lost);
      }, RECONNECT_MS).unref();
    };
    try {
      const client = await connect({ ...config, statement_timeout: 0 }, lost);
      this.listener = client;
      client.on('end', lost);
      client.on('notification', ({ channel, payload = '' }) => {
        if (channel === SIGNALS) onSignals(payload);
        else if (Number(payload) > replica.revision) void this.catchUp().catch(() => {});
      });
      await client.query(`listen ${CHANNEL}; listen ${SIGNALS}`);
      await showLiving(client, replica.core);
      // What was committed before the notices began.
      await this.catchUp();
    } catch {
      lost();
    }
  }
}
