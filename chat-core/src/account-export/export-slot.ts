import { ApiError } from '../errors.ts';

/** Seconds after which an export that waits for another may be tried again. */
const RETRY_AFTER = 60;

/** One export runs in the box at a time: each reads all that a person may read. */
export class ExportSlot {
  private isTaken = false;

  /** @throws ApiError TOO_MANY_REQUESTS while one runs */
  requireFree(): void {
    if (this.isTaken) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: RETRY_AFTER });
  }

  /** Takes the slot. @returns what gives it back, once @throws ApiError TOO_MANY_REQUESTS while one runs */
  take(): () => void {
    this.requireFree();
    this.isTaken = true;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.isTaken = false;
    };
  }
}
