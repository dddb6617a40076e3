import type { Id } from '../wire/wire.ts';

/** The longest a commit waits for others (design §4). */
const MAX_WAIT_MS = 40;
/** A sender who wrote within this time counts as active: they may write again. */
const ACTIVE_MS = 2000;
/** At a shorter average time between two transactions a commit does not wait: the write in progress gathers enough. */
const DENSE_MS = 4;

/**
 * Decides how long a commit waits for others, so that flash is written less often: not at all with one active sender,
 * up to 40 ms with two or more, and not at all when transactions arrive in quick succession. Times are in milliseconds.
 */
export class GroupCommit {
  private readonly maxWaitMs: number;
  /** By sender, the longest inactive first. */
  private readonly lastWriteAt = new Map<Id, number>();
  private lastArrival = Number.NEGATIVE_INFINITY;
  /** A moving average of the time between two arrivals. */
  private interval = ACTIVE_MS;

  constructor(maxWaitMs: number = MAX_WAIT_MS) {
    this.maxWaitMs = maxWaitMs;
  }

  /** Number of active senders: no more than that many transactions arrive at once. */
  get activeSenders(): number {
    return this.lastWriteAt.size;
  }

  /** Records that a transaction was queued. */
  recordArrival(now: number): void {
    this.interval = this.interval * 0.9 + Math.min(now - this.lastArrival, ACTIVE_MS) * 0.1;
    this.lastArrival = now;
  }

  /** Records the senders of messages that became durable. */
  recordWrites(messages: { senderId: Id }[], now: number): void {
    for (const { senderId } of messages) {
      this.lastWriteAt.delete(senderId);
      this.lastWriteAt.set(senderId, now);
    }
  }

  /** How long the commit of the queued transactions waits for more. */
  waitMs(now: number): number {
    for (const [senderId, at] of this.lastWriteAt) {
      if (now - at <= ACTIVE_MS) break;
      this.lastWriteAt.delete(senderId);
    }
    if (this.lastWriteAt.size < 2 || this.interval <= DENSE_MS) return 0;
    return Math.max(0, this.maxWaitMs - (now - this.lastArrival));
  }
}
