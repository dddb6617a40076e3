/** What was edited or deleted is gone from the disk within an hour (design §4). */
const MAX_MS = 3_600_000;
/** After one that failed. */
const AGAIN_MS = 300_000;

/** Does something after so many milliseconds, unless it is called off by what it answers. */
export type Schedule = (work: () => void, ms: number) => () => void;

/**
 * Remembers that pages and journal hold content nobody is to read any more, until a checkpoint erases it: the next that
 * comes, or one of its own within the hour, for all that was edited and deleted by then.
 */
export class SecureErase {
  private readonly checkpoint: () => void;
  private readonly later: Schedule;
  private isDue = false;
  private callOff: (() => void) | undefined;
  private isClosed = false;

  /** `checkpoint` begins one. */
  constructor(checkpoint: () => void, later: Schedule = afterTime) {
    this.checkpoint = checkpoint;
    this.later = later;
  }

  /** Some content was replaced, `ago` milliseconds before now. */
  want(ago = 0): void {
    this.isDue = true;
    this.wait(Math.max(0, Math.min(MAX_MS, MAX_MS - ago)));
  }

  /** Asked by each checkpoint as it begins: whether it is to erase. */
  take(): boolean {
    const wasDue = this.isDue;
    this.isDue = false;
    this.callOff?.();
    this.callOff = undefined;
    return wasDue;
  }

  /** The checkpoint that was to erase has not. */
  failed(): void {
    this.isDue = true;
    this.wait(AGAIN_MS);
  }

  /** Begins nothing more by itself. The next start finds what is left to erase. */
  close(): void {
    this.isClosed = true;
    this.callOff?.();
  }

  private wait(ms: number): void {
    if (this.isClosed) return;
    this.callOff ??= this.later(() => {
      this.callOff = undefined;
      this.checkpoint();
    }, ms);
  }
}

function afterTime(work: () => void, ms: number): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}
