/** Wishes of several streams by the clock, each at its own rate. */
export type Wishes = {
  /** Calls for each wish that has come due since, in the order of time: of stream `at`, its `n`th from 0 on. */
  until(seconds: number, wish: (at: number, n: number) => void): void;
  count(at: number): number;
};

/**
 * The nth wish of a stream is due after n ÷ its rate. Were it stream by stream, the first would take every place there
 * is, and the others would only be turned away.
 */
export function openWishes(perSecond: number[]): Wishes {
  const counts = perSecond.map(() => 0);
  const dueOf = (at: number) => ((counts[at] ?? 0) + 1) / (perSecond[at] ?? 0);
  return {
    until: (seconds, wish) => {
      for (;;) {
        let first = 0;
        for (let at = 1; at < counts.length; at++) if (dueOf(at) < dueOf(first)) first = at;
        if (dueOf(first) > seconds) return;
        const n = counts[first] ?? 0;
        counts[first] = n + 1;
        wish(first, n);
      }
    },
    count: (at) => counts[at] ?? 0,
  };
}
