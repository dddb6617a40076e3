import type { ServerTime } from '../../clock.ts';

/** Older than this code: a clock that shows an earlier time was not set since the power came on (clock.ts). */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
/** A wall clock that was set by this much has jumped; NTP corrects less in small steps. */
const JUMP_MS = 60_000;

/** `offsetMs`: how far server time is ahead of the wall clock. `jumpedAt`: monotonic milliseconds of the last jump. */
export type ClockFigures = { trusted: boolean; offsetMs: number; jumpedAt: number | undefined };

/** Watches the wall clock of the machine beside the time line of the box, which no setting of the wall clock moves. */
export class ClockWatch {
  private readonly time: Pick<ServerTime, 'now'>;
  private readonly wall: () => number;
  private last: { trusted: boolean; offsetMs: number } | undefined;
  private jumpedAt: number | undefined;

  constructor(time: Pick<ServerTime, 'now'>, wall: () => number = Date.now) {
    this.time = time;
    this.wall = wall;
  }

  /** @param at monotonic milliseconds */
  read(at: number): ClockFigures {
    const wall = this.wall();
    const trusted = wall >= EARLIEST_MS;
    const offsetMs = this.time.now() - wall;
    const { last } = this;
    // A clock that is set for the first time since the power came on has not jumped: it was not trusted.
    if (last?.trusted && trusted && Math.abs(offsetMs - last.offsetMs) >= JUMP_MS) this.jumpedAt = at;
    this.last = { trusted, offsetMs };
    return { trusted, offsetMs, jumpedAt: this.jumpedAt };
  }
}
