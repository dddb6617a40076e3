import type { Activity, Id } from '../wire.ts';

/**
 * Between two polls somebody is taken to look still, also on a bad link. Shorter than the moment a message waits before
 * a push (pushes.ts): who closes the page in front of a message that comes is told of it.
 */
export const LINGER_MS = 4000;
/** People remembered who look no more; the longest unseen go first. */
const MOST = 5000;

/**
 * Who has the page before their eyes, on any of their devices: polls say what their person does. Whoever left it open
 * and went away (idle), or behind something else (hidden), does not look, and is to be reached otherwise.
 */
export class Looking {
  private readonly now: () => number;
  private readonly held = new Map<Id, number>();
  private readonly seen = new Map<Id, number>();

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

  looks(userId: Id): boolean {
    if (this.held.has(userId)) return true;
    return this.now() - (this.seen.get(userId) ?? Number.NEGATIVE_INFINITY) < LINGER_MS;
  }

  private note(userId: Id): void {
    this.seen.delete(userId);
    this.seen.set(userId, this.now());
    const [oldest] = this.seen.keys();
    if (this.seen.size > MOST && oldest !== undefined) this.seen.delete(oldest);
  }
}
