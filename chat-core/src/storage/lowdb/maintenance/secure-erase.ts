/** Edited or deleted content is erased from the disk within an hour (design §4). */
const MAX_DELAY_MS = 3_600_000;
/** Delay after a failed checkpoint. */
const RETRY_MS = 300_000;

/** Runs `work` after `ms` milliseconds. @returns a function that cancels it */
export type Schedule = (work: () => void, ms: number) => () => void;

/**
 * Records that pages and journal contain edited or deleted content, until a checkpoint erases it: the next one, or one
 * that it starts within the hour, for all content that was replaced by then.
 */
export class SecureErase {
  private readonly checkpoint: () => void;
  private readonly schedule: Schedule;
  private isDue = false;
  /** The timers that are set. A shorter delay than theirs sets one more; the first that fires serves all. */
  private timers: { ms: number; cancel: () => void }[] = [];
  private isClosed = false;

  /** `checkpoint` starts a checkpoint. */
  constructor(checkpoint: () => void, schedule: Schedule = scheduleTimer) {
    this.checkpoint = checkpoint;
    this.schedule = schedule;
  }

  /** Requests that content replaced `ago` milliseconds before now be erased. */
  request(ago = 0): void {
    this.isDue = true;
    this.wait(Math.max(0, Math.min(MAX_DELAY_MS, MAX_DELAY_MS - ago)));
  }

  /** Called by each checkpoint at its start: whether it has to erase. Resets the request. */
  take(): boolean {
    const wasDue = this.isDue;
    this.isDue = false;
    this.cancelTimers();
    return wasDue;
  }

  /** Records that a checkpoint that had to erase has failed. */
  failed(): void {
    this.isDue = true;
    this.wait(RETRY_MS);
  }

  /** Starts no further checkpoint. The next start finds the content that is still to be erased. */
  close(): void {
    this.isClosed = true;
    this.cancelTimers();
  }

  private wait(ms: number): void {
    if (this.isClosed || this.timers.some((timer) => timer.ms <= ms)) return;
    const cancel = this.schedule(() => {
      this.cancelTimers();
      this.checkpoint();
    }, ms);
    this.timers.push({ ms, cancel });
  }

  private cancelTimers(): void {
    for (const { cancel } of this.timers.splice(0)) cancel();
  }
}

function scheduleTimer(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}
