/**
 * Time for which a start counted the box as off, because its wall clock said so: `ms` after `at` on the time line. Until it is
 * confirmed it may never have passed; with `isWrong` it is known that it did not.
 */
export type OffTime = { at: number; ms: number; isWrong?: true };

/** Where nothing is stored of times off. */
export const NO_OFF_TIMES: readonly OffTime[] = [];

/** A shorter time off is not doubted: whatever the clock, nothing expires more than a day too soon. */
const MAX_UNCHECKED_MS = 24 * 3_600_000;
/** A wrong clock is noticed and set within this time after a start, by NTP or by a person; later it counts as right. */
export const CONFIRM_AFTER_MS = 6 * 3_600_000;

/** The times off that starts counted and that are not confirmed. `list` is replaced with each change, and is stored. */
export class OffTimes {
  list: readonly OffTime[];

  constructor(list: readonly OffTime[] = NO_OFF_TIMES) {
    this.list = list;
  }

  /** A start that counted `ms` as off, after the newest commit, which was `at`. */
  started(at: number, ms: number): void {
    if (ms > MAX_UNCHECKED_MS) this.list = [...this.list, { at, ms }];
  }

  /** The wall clock was set back by so much: the newest time off that is not confirmed was wrong by that, and right otherwise. */
  setBack(byMs: number): void {
    const open = this.list.findLast(({ isWrong }) => !isWrong);
    if (!open) return;
    const wrong: OffTime = { at: open.at, ms: Math.min(open.ms, byMs), isWrong: true };
    this.list = this.list.map((one) => (one === open ? wrong : one));
  }

  /** No one has set the clock for a while: what is open was right. */
  confirm(): void {
    if (this.isWaiting()) this.list = this.list.filter(({ isWrong }) => isWrong);
  }

  isWaiting(): boolean {
    return this.list.some(({ isWrong }) => !isWrong);
  }

  /** How much of the time line after a moment on it did not pass, or with `andDoubtful` may not have passed. */
  notPassedSince(since: number, andDoubtful: boolean): number {
    let ms = 0;
    for (const one of this.list) if (one.at >= since && (andDoubtful || one.isWrong)) ms += one.ms;
    return ms;
  }

  /** By how much a moment may have come too soon: it lies within a time that may not have passed. */
  tooSoonBy(moment: number): number {
    const found = this.list.find(({ at, ms }) => at < moment && moment <= at + ms);
    return found?.ms ?? 0;
  }
}

/**
 * What is stored of times off where several processes serve a box: each knows those of its own start, and those that were stored
 * then. One that it confirmed is removed, one that any of them found wrong stays so.
 * @param before what this process has stored or read before
 */
export function mergeOffTimes(
  stored: readonly OffTime[],
  before: readonly OffTime[],
  own: readonly OffTime[],
): readonly OffTime[] {
  const has = (list: readonly OffTime[], { at }: OffTime) => list.some((one) => one.at === at);
  const others = stored.filter((one) => one.isWrong || !has(before, one) || has(own, one));
  const isWrongThere = (one: OffTime) => others.some((other) => other.at === one.at && other.isWrong);
  const mine = own.filter((one) => one.isWrong || !isWrongThere(one));
  return [...others.filter((one) => !has(mine, one)), ...mine].sort((a, b) => a.at - b.at);
}
