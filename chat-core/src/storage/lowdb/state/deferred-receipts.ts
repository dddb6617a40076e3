import type { Id } from '../../../wire/wire.ts';
import type { Mark, Seen } from '../../store.ts';
import type { State } from './state.ts';

/** In milliseconds. Marks older than `dueMs` are written with the next commit, and after `maxDelayMs` in any case. */
export type ReceiptTimes = { dueMs: number; maxDelayMs: number };
const TIMES: ReceiptTimes = { dueMs: 10_000, maxDelayMs: 300_000 };

/**
 * Marks and last-seen times that changed in memory and are not in the journal yet. A write of their own would cost the
 * flash as much as a message, so they wait for the commit of another change (docs/decisions/0011). Last-seen times are
 * written without one only at the close.
 */
export class DeferredReceipts {
  private readonly state: State;
  private readonly write: (marks: Mark[], seen: Seen[]) => Promise<void>;
  private readonly times: ReceiptTimes;
  private readonly raised = new Map<string, Pick<Mark, 'conversationId' | 'userId'>>();
  /** By device id, or else by person. */
  private readonly seen = new Map<Id, Seen>();
  private oldest = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  /** `write` makes marks and times durable in a transaction. */
  constructor(
    state: State,
    write: (marks: Mark[], seen: Seen[]) => Promise<void>,
    times: ReceiptTimes = TIMES,
  ) {
    this.state = state;
    this.write = write;
    this.times = times;
  }

  /** Raises a mark in memory. @returns whether it was raised */
  raise(mark: Mark): boolean {
    if (!this.state.raiseMark(mark)) return false;
    this.deferMark(mark);
    return true;
  }

  /** Records in memory that a person was online or used a device. */
  recordSeen(seen: Seen): void {
    if (this.state.people.recordSeen(seen)) this.deferSeen(seen);
  }

  /** Called with each transaction: queues what is due beside it, so that both share one write. */
  flushWithCommit(): void {
    if (performance.now() - this.oldest >= this.times.dueMs) void this.flush();
  }

  /** Writes all deferred changes. After a failed write they are deferred again. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.oldest = Number.POSITIVE_INFINITY;
    const names = [...this.raised.values()];
    this.raised.clear();
    const people = [...this.seen.values()];
    this.seen.clear();
    const seen = people.map((one) => this.state.people.newestOf(one)).filter((one) => one !== undefined);
    const marks = names.map((name) => this.state.mark(name.conversationId, name.userId));
    try {
      if (names.length + seen.length > 0)
        await this.write(
          marks.filter((mark) => mark !== undefined),
          seen,
        );
    } catch {
      for (const one of people) this.deferSeen(one);
      for (const name of names) this.deferMark(name);
    }
  }

  private deferMark({ conversationId, userId }: Pick<Mark, 'conversationId' | 'userId'>): void {
    this.raised.set(`${conversationId} ${userId}`, { conversationId, userId });
    this.oldest = Math.min(this.oldest, performance.now());
    this.timer ??= setTimeout(() => void this.flush(), this.times.maxDelayMs).unref();
  }

  private deferSeen(seen: Seen): void {
    this.seen.set(seen.deviceId ?? seen.userId, seen);
    this.oldest = Math.min(this.oldest, performance.now());
  }

  /** Writes all deferred changes once. Nothing may be deferred after that. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
  }
}
