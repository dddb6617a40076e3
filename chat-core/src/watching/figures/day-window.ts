const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

type Sample = { at: number; total: number };

/** How a counter that only rises grew in the last day, from one sample an hour, in memory. */
export class DayWindow {
  private readonly samples: Sample[] = [];

  /** Call it each minute or so. @param at monotonic milliseconds */
  add(at: number, total: number): void {
    const last = this.samples.at(-1);
    // A counter that has gone back is another one: of a machine that was suspended to disk, or another device.
    if (last && total < last.total) this.samples.length = 0;
    else if (last && at - last.at < HOUR_MS) return;
    this.samples.push({ at, total });
    while ((this.samples[1]?.at ?? at) <= at - DAY_MS) this.samples.shift();
  }

  /** The growth within the last day, and over how many milliseconds: a day, or less after a start. */
  growth(at: number, total: number): { count: number; ms: number } {
    const [first = { at, total }] = this.samples;
    return { count: Math.max(0, total - first.total), ms: at - first.at };
  }

  /** The growth of a day. Between an hour and a day after the start it is extrapolated; before, it is what was counted. */
  perDay(at: number, total: number): number {
    const { count, ms } = this.growth(at, total);
    return ms < HOUR_MS ? count : Math.round(count * Math.min(DAY_MS / ms, DAY_MS / HOUR_MS));
  }
}
