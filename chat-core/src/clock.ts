/** Epoch milliseconds for people and tokens. Faked in tests. */
export type Clock = () => number;

/**
 * The time of this box, never behind what is already stored: boxes without a battery boot in 1970, and a token that has
 * expired must not live again. `lastCommitAt` is the store's newest commit.
 */
export function boxClock(now: Clock, lastCommitAt: () => number): Clock {
  return () => Math.max(now(), lastCommitAt());
}
