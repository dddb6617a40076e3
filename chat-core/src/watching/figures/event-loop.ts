import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Node measures it without running JavaScript: ten times a second costs nothing that can be measured. */
const RESOLUTION_MS = 100;
const NS_PER_MS = 1e6;

export type LoopDelay = { p50: number; p99: number };

/** The delay of the event loop in milliseconds: how much later than asked its timers run. */
export class EventLoopDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private last: LoopDelay | undefined;

  start(): void {
    this.histogram.enable();
  }

  /** Ends a period, such as a minute; `read` gives its figures until the next one has ended. */
  endPeriod(): void {
    this.last = this.measured();
    this.histogram.reset();
  }

  read(): LoopDelay {
    return this.last ?? this.measured();
  }

  stop(): void {
    this.histogram.disable();
  }

  private measured(): LoopDelay {
    if (this.histogram.count === 0) return { p50: 0, p99: 0 };
    const delayOf = (percentile: number) =>
      Math.max(0, Math.round(this.histogram.percentile(percentile) / NS_PER_MS - RESOLUTION_MS));
    return { p50: delayOf(50), p99: delayOf(99) };
  }
}
