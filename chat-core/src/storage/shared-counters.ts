/** `max` counts within `ms` of the first. */
export type Window = { max: number; ms: number };
/** `free` wrong guesses cost nothing; then each delays the next, by `firstMs`, twice that and so on, up to `maxMs`. */
export type Delays = { free: number; firstMs: number; maxMs: number };

/**
 * Counters that hold for all processes which share a database, by its clock. They are no rows of the box: no backup has them,
 * and they begin anew after the database was killed or a standby took over. Waits are in milliseconds, 0: none.
 * @throws ApiError STORAGE_UNAVAILABLE, each of them
 */
export interface SharedCounters {
  /** Counts `cost` in a window. @returns the wait until it ends, when `max` was reached before: nothing is counted then */
  count(key: string, cost: number, window: Window): Promise<number>;
  /** The wait until a window ends whose `max` was reached; counts nothing. */
  waitOf(key: string, max: number): Promise<number>;
  /** Takes back one count. */
  refund(key: string): Promise<void>;
  /** Counts a guess. @returns the wait until one may be made: nothing is counted then */
  guess(key: string, delays: Delays): Promise<number>;
  /** The last guess was none. */
  takeBackGuess(key: string): Promise<void>;
  /** @returns how many guesses there were; undefined without any */
  guesses(key: string): Promise<{ count: number; waitMs: number } | undefined>;
  /** Continues from guesses that were stored, unless some are counted. */
  restoreGuesses(key: string, guesses: { count: number; waitMs: number }): Promise<void>;
  /** The guess was right. @returns how many there were */
  forgetGuesses(key: string): Promise<number>;
}
