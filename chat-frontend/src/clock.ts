export type Cancel = () => void;

/** The time in epoch milliseconds, and something done later. Tests bring their own. */
export type Clock = { now(): number; after(ms: number, run: () => void): Cancel };

export const wallClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
