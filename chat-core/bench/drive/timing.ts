/** The measurement of a run: `codes` counts all responses, the rest those with 2xx in the measured time. */
export type Timed = {
  count: number;
  perSecond: number;
  p50: number;
  p99: number;
  /** Responses by status; 0 is a connection that ended without one. */
  codes: Record<string, number>;
};

export type Timing = { add(status: number, ms: number): void; result(seconds: number): Timed };

export function openTiming(): Timing {
  const times: number[] = [];
  const codes: Record<string, number> = {};
  return {
    add: (status, ms) => {
      codes[status] = (codes[status] ?? 0) + 1;
      if (status >= 200 && status < 300) times.push(ms);
    },
    result: (seconds) => {
      const sorted = Float64Array.from(times).sort();
      return {
        count: sorted.length,
        perSecond: sorted.length / seconds,
        p50: percentile(sorted, 0.5),
        p99: percentile(sorted, 0.99),
        codes,
      };
    },
  };
}

/** The nearest-rank percentile; 0 without values. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(sorted.length * share));
  return sorted[rank - 1] ?? 0;
}
