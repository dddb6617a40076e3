/** Upper bounds of the buckets of durations, in milliseconds; above the last there is one more bucket. */
export const BUCKET_BOUNDS_MS = [5, 25, 100, 500, 2500] as const;

/** How often something took how long, since the start of this process. Recording is cheap: it runs for each request. */
export class Durations {
  /** Counts per bucket; each value is in the first bucket whose bound is not below it. */
  readonly buckets: number[] = Array.from({ length: BUCKET_BOUNDS_MS.length + 1 }, () => 0);
  count = 0;
  sumMs = 0;

  record(ms: number): void {
    let index = 0;
    while (ms > (BUCKET_BOUNDS_MS[index] ?? Number.POSITIVE_INFINITY)) index += 1;
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
    this.count += 1;
    this.sumMs += ms;
  }
}
