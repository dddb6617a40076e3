import type { Freshness } from './freshness.ts';
import type { SharedCounters } from './shared-counters.ts';
import type { Signals } from './signals.ts';

/** What a store adds whose database other processes have as well; absent where none has. */
export interface SharedDatabase {
  /** Sees every commit that was durable at the call, also of other processes. @throws ApiError STORAGE_UNAVAILABLE */
  catchUp?(): Promise<void>;
  /**
   * Waits until all that was read here outlives the loss of the server of the database: whoever acknowledges what an earlier
   * request has stored, without a transaction, calls it. @throws ApiError STORAGE_UNAVAILABLE
   */
  confirm?(): Promise<void>;
  readonly signals?: Signals;
  readonly freshness?: Freshness;
  readonly counters?: SharedCounters;
}
