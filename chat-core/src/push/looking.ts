import type { Activity, Id } from '../wire.ts';

/**
 * Between two polls somebody is taken to look still, also on a bad link. Shorter than the moment a message waits before
 * a push (pushes.ts): who closes the page in front of a message that comes is told of it.
 */
export const LINGER_MS = 4000;
/** People remembered who look no more; the longest unseen go first, to within a second. */
const MOST = 5000;
const ORDERED_EVERY_MS = 1000;

/** When somebody was last seen, and when they were last put behind all others. */
type Seen = { at: number; orderedAt: number };

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

  /** A poll begins; answers what to call when it has ended. */
  begin(userId: Id, activity: Activity): () => void {
    if (activity !== 'active') return () => undefined;
    this.held.set(userId, (this.held.get(userId) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.held.get(userId) ?? 1) - 1;
      if (left > 0) this.held.set(userId, left);
      else this.held.delete(userId);
      this.note(userId);
    };
  }

  /** A poll was answered where it came. */
  pass(userId: Id, activity: Activity): void {
    if (activity === 'active') this.note(userId);
  }

  looks(userId: Id): boolean {
    if (this.held.has(userId)) return true;
    return this.now() - (this.seen.get(userId)?.at ?? Number.NEGATIVE_INFINITY) < LINGER_MS;
  }

  private note(userId: Id): void {
    const at = this.now();
    const known = this.seen.get(userId);
    if (known && at - known.orderedAt < ORDERED_EVERY_MS) {
      known.at = at;
      return;
    }
    this.seen.delete(userId);
    this.seen.set(userId, { at, orderedAt: at });
    const [oldest] = this.seen.keys();
    if (this.seen.size > MOST && oldest !== undefined) this.seen.delete(oldest);
  }
}
