/** What waits at once; beyond, the oldest is given up. */
const MOST = 1000;
/** Sent at once: each costs the box a few milliseconds of sealing and a connection. */
const AT_ONCE = 4;
/** After a failure, in milliseconds; after the last of them it is given up. */
const PAUSES = [10_000, 60_000, 300_000];
const LONGEST_PAUSE_MS = 600_000;

/** Answers `undefined` when the matter is done with, else in how many seconds the other side may be asked again. */
export type Attempt = () => Promise<{ retryAfter: number } | undefined>;

type Job = { attempt: Attempt; failures: number; timer?: NodeJS.Timeout };

/**
 * Letters on their way: few at once, each tried again a few times. One of the same key takes the place of one that
 * waits. All of it lives in memory: a restart forgets it, as the messages themselves are not in it.
 */
export class Outgoing {
  private readonly waiting = new Map<string, Job>();
  private readonly paused = new Map<string, Job>();
  private underWay = 0;
  private isClosed = false;

  get size(): number {
    return this.waiting.size + this.paused.size;
  }

  add(key: string, attempt: Attempt): void {
    if (this.isClosed) return;
    const paused = this.paused.get(key);
    // Its service has asked for a pause: what is new waits with it.
    if (paused) {
      paused.attempt = attempt;
      return;
    }
    this.waiting.delete(key);
    this.waiting.set(key, { attempt, failures: 0 });
    if (this.size > MOST) this.giveUpOldest();
    this.next();
  }

  close(): void {
    this.isClosed = true;
    for (const { timer } of this.paused.values()) clearTimeout(timer);
    this.paused.clear();
    this.waiting.clear();
  }

  private next(): void {
    while (this.underWay < AT_ONCE) {
      const [first] = this.waiting;
      if (!first) return;
      const [key, job] = first;
      this.waiting.delete(key);
      this.underWay += 1;
      void this.run(key, job).finally(() => {
        this.underWay -= 1;
        this.next();
      });
    }
  }

  private async run(key: string, job: Job): Promise<void> {
    const again = await job.attempt().catch(() => ({ retryAfter: 0 }));
    const pause = PAUSES[job.failures];
    if (!again || pause === undefined || this.isClosed || this.waiting.has(key)) return;
    job.failures += 1;
    const ms = Math.min(Math.max(pause, again.retryAfter * 1000), LONGEST_PAUSE_MS);
    job.timer = setTimeout(() => {
      this.paused.delete(key);
      this.waiting.set(key, job);
      this.next();
    }, ms).unref();
    this.paused.set(key, job);
  }

  private giveUpOldest(): void {
    const held = this.paused.size > 0 ? this.paused : this.waiting;
    const [first] = held;
    if (!first) return;
    clearTimeout(first[1].timer);
    held.delete(first[0]);
  }
}
