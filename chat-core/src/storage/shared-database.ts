import type { Freshness } from './freshness.ts';
import type { StoredMessage } from './records.ts';
import type { SharedCounters } from './shared-counters.ts';
import type { Signals } from './signals.ts';

/** Where a message is. */
export type SentMessage = Pick<StoredMessage, 'conversationId' | 'seq'>;

export type DatabaseUse = { bytes: number; cores: number };

/** What a store adds whose database other processes have as well; absent where none has. */
export interface SharedDatabase {
  /** How large the database is, and how many processes use it now. @throws ApiError STORAGE_UNAVAILABLE */
  databaseUse?(): Promise<DatabaseUse>;
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
  /**
   * Calls `listener` with each message that no process has announced after it was committed: its process has ended within the
   * seconds that a push waits, or did not learn that its commit is durable. One of the processes is called, mostly once.
   */
  onOrphaned?(listener: (of: SentMessage) => void): void;
}
