import type { Clock } from './clock.ts';

/** How long the page waits for an API of the browser; then it continues without the answer. */
export const TIMEOUT_MS = 2_000;

/**
 * Limits the wait for work that a browser may never finish. Work that takes longer is rejected, and until it has ended
 * other work is rejected at once; the work itself continues.
 */
export function createDeadline(clock: Clock) {
  let overdue = 0;
  return <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      let end = clock.after(overdue > 0 ? 0 : TIMEOUT_MS, () => {
        overdue += 1;
        end = () => {
          overdue -= 1;
        };
        reject(new DOMException('no answer', 'TimeoutError'));
      });
      work.then(resolve, reject).finally(() => end());
    });
}

/** The result of the work; `fallback` when it fails or takes too long. */
export const withTimeout = <T>(clock: Clock, work: Promise<T>, fallback: T): Promise<T> =>
  createDeadline(clock)(work).catch(() => fallback);
