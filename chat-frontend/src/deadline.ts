import type { Clock } from './clock.ts';

/** So long a person waits for an API of the browser; then the page goes on without its answer. */
export const TIMEOUT_MS = 2_000;

/**
 * Bounds how long others wait for work that a browser may never finish. What takes longer is refused, and while it has
 * not ended everything else is refused at once; the work itself goes on.
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

/** What comes of the work, or `otherwise` where it fails or takes too long. */
export const inTime = <T>(clock: Clock, work: Promise<T>, otherwise: T): Promise<T> =>
  createDeadline(clock)(work).catch(() => otherwise);
