import type { Activity, Id } from '../wire/wire.ts';

/**
 * So long after their next poll was to come somebody is taken to look still, also on a bad link. Shorter than the moment
 * a message waits before a push (pushes.ts): who closes the page in front of a message that comes is told of it.
 */
export const LINGER_MS = 4000;
/** People remembered who look no more; the longest unseen go first, to within a second. */
const MOST = 5000;
const ORDERED_EVERY_MS = 1000;

/** Until when somebody is taken to look, and when they were last put behind all others. */
type Seen = { until: number; orderedAt: number };

/**
 * Who has the page before their eyes, on any of their devices: polls say what their person does. Whoever left it open
 * and went away (idle), or behind something else (hidden), does not look, and is to be reached otherwise.
 */
export class Looking {
  private readonly now: () => number;
  private readonly held = new Map<Id, number>();
  private readonly seen = new Map<Id, Seen>();

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** A poll begins; answers what to call when it has ended, with the milliseconds until the next one is to come. */
  begin(userId: Id, activity: Activity): (pollAfterMs?: number) => void {
    if (activity !== 'active') return () => undefined;
    this.held.set(userId, (this.held.get(userId) ?? 0) + 1);
    let isOver = false;
    return (pollAfterMs = 0) => {
      if (isOver) return;
      isOver = true;
      const left = (this.held.get(userId) ?? 1) - 1;
      if (left > 0) this.held.set(userId, left);
      else this.held.delete(userId);
      this.note(userId, pollAfterMs);
    };
  }

  /** A poll was answered where it came; the next one is to come after `pollAfterMs`. */
  pass(userId: Id, activity: Activity, pollAfterMs: number): void {
    if (activity === 'active') this.note(userId, pollAfterMs);
  }

  looks(userId: Id): boolean {
    if (this.held.has(userId)) return true;
    return this.now() < (this.seen.get(userId)?.until ?? Number.NEGATIVE_INFINITY);
  }

  private note(userId: Id, pollAfterMs: number): void {
    const at = this.now();
    const known = this.seen.get(userId);
    const until = Math.max(known?.until ?? 0, at + pollAfterMs + LINGER_MS);
    if (known && at - known.orderedAt < ORDERED_EVERY_MS) {
      known.until = until;
      return;
    }
    this.seen.delete(userId);
    this.seen.set(userId, { until, orderedAt: at });
    const [oldest] = this.seen.keys();
    if (this.seen.size > MOST && oldest !== undefined) this.seen.delete(oldest);
  }
}
