import type { Id } from '../../../wire/wire.ts';
import type { Mark, Seen } from '../../store.ts';
import type { State } from './state.ts';

/** Milliseconds: marks so old go with the next commit; without one they wait for it so long and no longer. */
export type ReceiptTimes = { dueMs: number; maxDelayMs: number };
const TIMES: ReceiptTimes = { dueMs: 10_000, maxDelayMs: 300_000 };

/**
 * Marks that are raised in memory, and when people were last there, both not in the journal yet. A write of their own
 * costs the flash as much as the message they follow, so they wait for a commit that is made anyway
 * (docs/decisions/0011). When people were last there is never written alone but at the end.
 */
export class DeferredReceipts {
  private readonly state: State;
  private readonly write: (marks: Mark[], seen: Seen[]) => Promise<void>;
  private readonly times: ReceiptTimes;
  private readonly raised = new Map<string, Pick<Mark, 'conversationId' | 'userId'>>();
  /** By person, or device. */
  private readonly seen = new Map<Id, Seen>();
  private oldest = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  /** `write` makes them durable in a transaction. */
  constructor(
    state: State,
    write: (marks: Mark[], seen: Seen[]) => Promise<void>,
    times: ReceiptTimes = TIMES,
  ) {
    this.state = state;
    this.write = write;
    this.times = times;
  }

  /** Raises a mark in memory; answers whether it was raised. */
  raise(mark: Mark): boolean {
    if (!this.state.raiseMark(mark)) return false;
    this.wait(mark);
    return true;
  }

  /** Somebody was there. */
  recordSeen(seen: Seen): void {
    if (this.state.people.recordSeen(seen)) this.waitSeen(seen);
  }

  /** To be asked at each transaction: what is due is queued beside it and shares its write. */
  ride(): void {
    if (performance.now() - this.oldest >= this.times.dueMs) void this.flush();
  }

  /** Writes what is raised. Marks that could not be written wait again. */
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
      for (const one of people) this.waitSeen(one);
      for (const name of names) this.wait(name);
    }
  }

  private wait({ conversationId, userId }: Pick<Mark, 'conversationId' | 'userId'>): void {
    this.raised.set(`${conversationId} ${userId}`, { conversationId, userId });
    this.oldest = Math.min(this.oldest, performance.now());
    this.timer ??= setTimeout(() => void this.flush(), this.times.maxDelayMs).unref();
  }

  private waitSeen(seen: Seen): void {
    this.seen.set(seen.deviceId ?? seen.userId, seen);
    this.oldest = Math.min(this.oldest, performance.now());
  }

  /** Writes what is raised, once, and raises nothing more. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
  }
}
