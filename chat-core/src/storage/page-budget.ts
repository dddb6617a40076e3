/**
 * Who pays for the pages of messages that a read takes from the disk, each as a whole, however few of its rows are wanted:
 * `count` gets the bytes of one, and `require`, where it is given, throws before one is read when they may read no more.
 * Pages that `skipsCache` reads do not drive others out of the page cache.
 */
export type PageBudget = { require?: () => void; count: (bytes: number) => void; skipsCache?: true };
