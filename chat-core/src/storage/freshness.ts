/** Whether what a process has in memory is what the database has, where other processes write to that too. */
export interface Freshness {
  /**
   * What to wait for before memory answers: nothing as long as the database was read within the last seconds, else until it
   * is read again. @throws ApiError STORAGE_UNAVAILABLE when that fails, or takes longer than a second
   */
  wait(): Promise<void> | undefined;
  /** Calls `listener` when the database was not read for so long that memory answers no more. */
  onStale(listener: () => void): void;
}
