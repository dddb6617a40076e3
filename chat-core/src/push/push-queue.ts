/** Pushes in the queue; beyond, the oldest is dropped. */
const MAX_JOBS = 1000;
/** Each running attempt costs a few milliseconds of sealing and a connection. */
const MAX_RUNNING = 4;
/** Milliseconds before each retry; after the last one the push is dropped. */
const RETRY_DELAYS_MS = [10_000, 60_000, 300_000];
const MAX_DELAY_MS = 600_000;

/** Tries to send; `undefined` when there is nothing more to do, else after how many seconds it may be retried. */
export type Attempt = () => Promise<{ retryAfter: number } | undefined>;

type Job = { attempt: Attempt; failures: number; timer?: NodeJS.Timeout };

/**
 * Pushes to send: a few at once, each retried a few times. A new push replaces a waiting one of the same key. In memory
 * only: a restart forgets them, the messages themselves are stored elsewhere.
 */
export class PushQueue {
  private readonly ready = new Map<string, Job>();
  private readonly delayed = new Map<string, Job>();
  private running = 0;
  private isClosed = false;

  get size(): number {
    return this.ready.size + this.delayed.size;
  }

  add(key: string, attempt: Attempt): void {
    if (this.isClosed) return;
    const delayed = this.delayed.get(key);
    // The push service required a pause, which applies to the new push too.
    if (delayed) {
      delayed.attempt = attempt;
      return;
    }
    this.ready.delete(key);
    this.ready.set(key, { attempt, failures: 0 });
    if (this.size > MAX_JOBS) this.dropOldest();
    this.runReady();
  }

  close(): void {
    this.isClosed = true;
    for (const { timer } of this.delayed.values()) clearTimeout(timer);
    this.delayed.clear();
    this.ready.clear();
  }

  private runReady(): void {
    while (this.running < MAX_RUNNING) {
      const [first] = this.ready;
      if (!first) return;
      const [key, job] = first;
      this.ready.delete(key);
      this.running += 1;
      void this.run(key, job).finally(() => {
        this.running -= 1;
        this.runReady();
      });
    }
  }

  private async run(key: string, job: Job): Promise<void> {
    const retry = await job.attempt().catch(() => ({ retryAfter: 0 }));
    const delayMs = RETRY_DELAYS_MS[job.failures];
    if (!retry || delayMs === undefined || this.isClosed || this.ready.has(key)) return;
    job.failures += 1;
    const ms = Math.min(Math.max(delayMs, retry.retryAfter * 1000), MAX_DELAY_MS);
    job.timer = setTimeout(() => {
      this.delayed.delete(key);
      this.ready.set(key, job);
      this.runReady();
    }, ms).unref();
    this.delayed.set(key, job);
  }

  private dropOldest(): void {
    const jobs = this.delayed.size > 0 ? this.delayed : this.ready;
    const [first] = jobs;
    if (!first) return;
    clearTimeout(first[1].timer);
    jobs.delete(first[0]);
  }
}
