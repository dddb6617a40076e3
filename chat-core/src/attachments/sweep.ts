import type { Log } from '../log.ts';
import type { Uploads } from './uploads.ts';

const HOUR_MS = 3_600_000;
/** An upload that no message has claimed for so long is discarded. */
const MAX_AGE_MS = 24 * HOUR_MS;

/**
 * Removes the bytes of discarded files now and every hour, and from the first hour on also uploads that were not claimed
 * for a day: after a long power cut clients have that hour to go on with theirs.
 * @returns a function that ends it
 */
export function sweepUploads(uploads: Uploads, log: Log): () => void {
  const sweep = async (isFirst: boolean) => {
    try {
      if (!isFirst) await uploads.discardOlderThan(MAX_AGE_MS);
      await uploads.removeDiscarded();
      uploads.forgetClaimed();
    } catch (error) {
      log.warn({ err: error }, 'discarded files could not be removed; it is tried again within the hour');
    }
  };
  void sweep(true);
  const timer = setInterval(() => sweep(false), HOUR_MS).unref();
  return () => clearInterval(timer);
}
