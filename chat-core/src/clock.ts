import { uptime } from 'node:os';

/** Epoch milliseconds. */
export type Clock = () => number;

/** When a commit was made: on the time line of the box, and what its wall clock said then; both in milliseconds. */
export type Stamp = { at: number; clock: number };

/**
 * The two times of a box (docs/decisions/0024). Whatever ends after a while is measured on `now`, which only elapsed time
 * moves; people are shown `wall`.
 */
export type BoxTime = {
  /** The time line of the box in epoch milliseconds: never falls, and no setting of the wall clock moves it. */
  now: Clock;
  /** The wall clock in epoch milliseconds; one that was never set is replaced by the time line. */
  wall: Clock;
  /** A time of the time line as the wall clock has it, for people and for clients. */
  toWall(at: number): number;
  stamp(): Stamp;
};

export type BoxTimeSources = {
  /** The wall clock of the machine, in epoch milliseconds. */
  now: Clock;
  /** Milliseconds that only ever go on, wherever they begin. */
  elapsed: () => number;
  /** Milliseconds for which the machine slept, which `elapsed` may leave out. */
  asleep: () => number;
};

/** The clocks of this machine. Linux and macOS count no sleep in CLOCK_MONOTONIC, and all of it in the uptime. */
export const machineClocks: BoxTimeSources = {
  now: Date.now,
  elapsed: () => performance.now(),
  asleep: () => uptime() * 1000 - performance.now(),
};

/** A wall clock that differs so much from the time that has passed was set; NTP corrects less by running faster. */
const STEP_MS = 2000;
/** At a start the wall clock says how long the box was off; what is longer is taken for a wrong clock. */
const MAX_OFF_MS = 366 * 24 * 3600 * 1000;
/** Before this code was written it is never: a clock that says so was not set since the box has power. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);

/** The time of a box, going on from its newest commit; `last.at` is 0 before the first. */
export function openBoxTime(last: Stamp, { now, elapsed, asleep }: BoxTimeSources): BoxTime {
  let before = { wall: now(), elapsed: elapsed() };
  let slept = asleep();
  /** What the time line is ahead of the wall clock. */
  let ahead = last.at === 0 ? 0 : last.at - (isBelieved(before.wall - last.clock) ? last.clock : before.wall);
  let newest = last.at;

  /** The wall clock as it is, after what was set there since is taken out of the time line. */
  function read(): number {
    const current = { wall: now(), elapsed: elapsed() };
    const passed = current.elapsed - before.elapsed;
    let step = current.wall - before.wall - passed;
    if (Math.abs(step) > STEP_MS) {
      const total = asleep();
      step -= Math.max(0, total - slept);
      slept = Math.max(slept, total);
    }
    if (Math.abs(step) > STEP_MS) ahead -= Math.round(step);
    before = current;
    newest = Math.max(newest, current.wall + ahead);
    return current.wall;
  }

  read();
  const boxNow: Clock = () => {
    read();
    return newest;
  };
  return {
    now: boxNow,
    wall() {
      const wall = read();
      return wall < EARLIEST_MS ? newest : wall;
    },
    toWall(at) {
      const wall = read();
      return wall < EARLIEST_MS ? at : at - ahead;
    },
    stamp: () => ({ clock: read(), at: newest }),
  };
}

/** Whether a box may have been off for so long. */
function isBelieved(offMs: number): boolean {
  return offMs >= 0 && offMs <= MAX_OFF_MS;
}
