import { uptime } from 'node:os';
import { CONFIRM_AFTER_MS, type OffTime, OffTimes } from './off-time.ts';

/** Epoch milliseconds. */
export type Clock = () => number;

/** The time of a commit: `at` in server time, `clock` by the wall clock; both in epoch milliseconds. */
export type Stamp = { at: number; clock: number };

/**
 * The two times of a server (docs/decisions/0024). Lifetimes are measured on `now`, which only elapsed time advances;
 * people are shown `wall`.
 */
export type ServerTime = {
  /** Server time in epoch milliseconds: it never goes back, and setting the wall clock does not change it. */
  now: Clock;
  /** The wall clock in epoch milliseconds; server time replaces one that was not set since the power came on. */
  wall: Clock;
  /** A server time by the wall clock, for people and clients. */
  toWall(at: number): number;
  stamp(): Stamp;
  /**
   * How much of the time since a moment did not pass, since a start counted it by a wrong clock; with `andDoubtful` also what
   * is not confirmed yet. What cannot be undone waits for that (docs/decisions/0070).
   */
  notPassedSince(since: number, andDoubtful?: boolean): number;
  /** By how much a moment that has come may have come too soon, for the same reason. */
  tooSoonBy(moment: number): number;
  /** What of that is to be stored; a new list after each change. */
  offTimes(): readonly OffTime[];
  /** Whether a time off is not confirmed yet. */
  isWaiting(): boolean;
};

export type ClockSources = {
  /** The wall clock of the machine, in epoch milliseconds. */
  now: Clock;
  /** Monotonic milliseconds from an arbitrary start. */
  elapsed: () => number;
  /** Milliseconds the machine was suspended, which `elapsed` may leave out. */
  asleep: () => number;
};

/** The clocks of this machine. On Linux and macOS CLOCK_MONOTONIC counts no suspended time, and the uptime all of it. */
export const systemClocks: ClockSources = {
  now: Date.now,
  elapsed: () => performance.now(),
  asleep: () => uptime() * 1000 - performance.now(),
};

/** A wall clock that differs more from the elapsed time was set; NTP corrects smaller differences by slewing. */
const STEP_MS = 2000;
/** At a start the wall clock shows how long the server was off; a longer time counts as a wrong clock. */
const MAX_OFF_MS = 366 * 24 * 3600 * 1000;
/** Older than this code: a clock that shows an earlier time was not set since the power came on. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);

/** The time of a server, continued from its newest commit; `last.at` is 0 before the first. */
export function openServerTime(
  last: Stamp,
  { now, elapsed, asleep }: ClockSources,
  stored: readonly OffTime[] = [],
): ServerTime {
  let previous = { wall: now(), elapsed: elapsed() };
  let slept = asleep();
  /** How far server time is ahead of the wall clock. */
  let ahead =
    last.at === 0 ? 0 : last.at - (isPlausible(previous.wall - last.clock) ? last.clock : previous.wall);
  let newest = last.at;
  const startedAt = previous.elapsed;
  const offTimes = new OffTimes(stored);
  if (last.at !== 0) {
    const offMs = previous.wall - last.clock;
    if (isPlausible(offMs)) offTimes.started(last.at, offMs);
    // A clock that was not set since the power came on says nothing of the one before.
    else if (previous.wall >= EARLIEST_MS && offMs < 0) offTimes.setBack(-offMs);
  }

  /** The wall clock now. Takes a setting of the wall clock since the last call out of server time. */
  function read(): number {
    const current = { wall: now(), elapsed: elapsed() };
    const passed = current.elapsed - previous.elapsed;
    let step = current.wall - previous.wall - passed;
    if (Math.abs(step) > STEP_MS) {
      const total = asleep();
      step -= Math.max(0, total - slept);
      slept = Math.max(slept, total);
    }
    if (Math.abs(step) > STEP_MS) ahead -= Math.round(step);
    if (step < -STEP_MS && current.wall >= EARLIEST_MS) offTimes.setBack(Math.round(-step));
    if (current.elapsed - startedAt >= CONFIRM_AFTER_MS) offTimes.confirm();
    previous = current;
    newest = Math.max(newest, current.wall + ahead);
    return current.wall;
  }

  read();
  const serverNow: Clock = () => {
    read();
    return newest;
  };
  return {
    now: serverNow,
    wall() {
      const wall = read();
      return wall < EARLIEST_MS ? newest : wall;
    },
    toWall(at) {
      const wall = read();
      return wall < EARLIEST_MS ? at : at - ahead;
    },
    stamp: () => ({ clock: read(), at: newest }),
    notPassedSince: (since, andDoubtful = false) => offTimes.notPassedSince(since, andDoubtful),
    tooSoonBy: (moment) => offTimes.tooSoonBy(moment),
    offTimes: () => offTimes.list,
    isWaiting: () => offTimes.isWaiting(),
  };
}

/** Whether the server may have been off for this long. */
function isPlausible(offMs: number): boolean {
  return offMs >= 0 && offMs <= MAX_OFF_MS;
}
