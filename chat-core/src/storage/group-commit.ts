import type { Id } from '../wire/wire.ts';

/** The longest a commit waits for company (design §4). */
const MAX_MS = 40;
/** Somebody who wrote within this time may write again. */
const ACTIVE_MS = 2000;
/** Where changes come faster than this on average, the write under way gathers company enough. */
const DENSE_MS = 4;

/**
 * Says how long a commit waits for others, so that flash is written less often: never for somebody who writes alone,
 * up to 40 ms while two or more do, and not at all where changes come thick and fast anyway. Times in milliseconds.
 */
export class GroupCommit {
  private readonly maxMs: number;
  private readonly lastWrote = new Map<Id, number>();
  private lastArrival = Number.NEGATIVE_INFINITY;
  /** A moving average of the time between two arrivals. */
  private interval = ACTIVE_MS;

  constructor(maxMs: number = MAX_MS) {
    this.maxMs = maxMs;
  }

  /** How many have written lately: more will not come at once. */
  get size(): number {
    return this.lastWrote.size;
  }

  /** Something to commit has come. */
  arrive(now: number): void {
    this.interval = this.interval * 0.9 + Math.min(now - this.lastArrival, ACTIVE_MS) * 0.1;
    this.lastArrival = now;
  }

  /** These messages are durable now. */
  wrote(messages: { senderId: Id }[], now: number): void {
    for (const { senderId } of messages) {
      this.lastWrote.delete(senderId);
      this.lastWrote.set(senderId, now);
    }
  }

  /** How long the commit of what has come waits for more. */
  wait(now: number): number {
    for (const [one, at] of this.lastWrote) {
      if (now - at <= ACTIVE_MS) break;
      this.lastWrote.delete(one);
    }
    if (this.lastWrote.size < 2 || this.interval <= DENSE_MS) return 0;
    return Math.max(0, this.maxMs - (now - this.lastArrival));
  }
}
