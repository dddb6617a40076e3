import type { Id } from '../wire/wire.ts';

/** Presence alone wakes a person's waiting polls at most this often; changes in between are delivered with the next wake. */
const MIN_INTERVAL_MS = 5000;

/** Limits how often each person's waiting polls are woken. Times are monotonic milliseconds. */
export class NotifyThrottle {
  private readonly wakeNow: (users: Id[]) => void;
  private readonly wokenAt = new Map<Id, number>();
  private readonly delayed = new Set<Id>();

  /** @param wakeNow wakes the waiting polls of these people */
  constructor(wakeNow: (users: Id[]) => void) {
    this.wakeNow = wakeNow;
  }

  /** Whether a sweep would have nothing to do. */
  get isIdle(): boolean {
    return this.wokenAt.size + this.delayed.size === 0;
  }

  /** Wakes those who were not woken within the interval; the others at one of the next sweeps. */
  wake(users: Id[], now: number): void {
    const due = users.filter((id) => !this.wokenAt.has(id));
    for (const id of users) if (this.wokenAt.has(id)) this.delayed.add(id);
    for (const id of due) this.wokenAt.set(id, now);
    this.wakeNow(due);
  }

  /** Wakes the delayed whose interval is over. */
  sweep(now: number): void {
    for (const [id, at] of this.wokenAt) if (now - at >= MIN_INTERVAL_MS) this.wokenAt.delete(id);
    const due = [...this.delayed].filter((id) => !this.wokenAt.has(id));
    for (const id of due) this.delayed.delete(id);
    if (due.length > 0) this.wake(due, now);
  }
}
