import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openServerTime, type ServerTime, type Stamp } from './clock.ts';
import { mergeOffTimes, NO_OFF_TIMES, type OffTime } from './off-time.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 24 * 3_600_000];
const START = Date.UTC(2026, 10, 28);

/** A machine whose wall clock is `ahead` of the truth, with what the store of the box keeps between starts. */
class Box {
  truth = START;
  ahead = 0;
  last: Stamp = { at: 0, clock: 0 };
  time: ServerTime;
  private begun = START;

  constructor() {
    this.time = this.open();
    this.last = this.time.stamp();
  }

  pass(ms: number): void {
    this.truth += ms;
    this.time.now();
  }

  set(ahead: number): void {
    this.ahead = ahead;
    this.time.now();
  }

  restart(offMs: number, ahead = this.ahead): void {
    this.last = this.time.stamp();
    const kept = this.time.offTimes();
    [this.truth, this.ahead] = [this.truth + offMs, ahead];
    this.begun = this.truth;
    this.time = this.open(kept);
  }

  /** Whether what was sent at a moment of the time line, to expire after `ms`, is hidden and is emptied. */
  state(sentAt: number, ms: number): 'shown' | 'hidden' | 'emptied' {
    const now = this.time.now();
    if (sentAt + ms + this.time.notPassedSince(sentAt, true) <= now) return 'emptied';
    return sentAt + ms + this.time.notPassedSince(sentAt) <= now ? 'hidden' : 'shown';
  }

  private open(kept?: ReturnType<ServerTime['offTimes']>): ServerTime {
    const clocks = {
      now: () => this.truth + this.ahead,
      elapsed: () => this.truth - this.begun,
      asleep: () => 0,
    };
    return openServerTime(this.last, clocks, kept);
  }
}

describe('what expired while a box was off', () => {
  it('is emptied at once after up to a day off, and after six hours of running when it was off for longer', () => {
    const box = new Box();
    const sentAt = box.time.now();
    box.restart(DAY);
    expect(box.state(sentAt, DAY)).toBe('emptied');
    box.restart(14 * DAY);
    expect([box.state(sentAt, 7 * DAY), box.time.isWaiting()]).toEqual(['hidden', true]);
    box.pass(6 * HOUR - MINUTE);
    expect(box.state(sentAt, 7 * DAY)).toBe('hidden');
    box.pass(MINUTE);
    expect([box.state(sentAt, 7 * DAY), box.time.isWaiting()]).toEqual(['emptied', false]);
    expect(box.time.offTimes()).toEqual([]);
  });

  it('is shown again when the clock was ahead and is set back, and expires at its true time', () => {
    const box = new Box();
    const sentAt = box.time.now();
    box.restart(HOUR, 300 * DAY);
    expect(box.state(sentAt, 90 * DAY)).toBe('hidden');
    box.pass(5 * MINUTE);
    box.set(0);
    expect(box.state(sentAt, DAY)).toBe('shown');
    box.pass(7 * HOUR);
    expect([box.state(sentAt, DAY), box.time.isWaiting()]).toEqual(['shown', false]);
    box.restart(MINUTE);
    box.pass(DAY - 9 * HOUR);
    expect(box.state(sentAt, DAY)).toBe('shown');
    box.pass(HOUR);
    expect(box.state(sentAt, DAY)).toBe('emptied');
    // What was sent under the wrong clock and after it is not prolonged.
    const later = box.time.now();
    box.pass(DAY);
    expect(box.state(later, DAY)).toBe('emptied');
  });

  it('waits anew after a restart within the six hours, and learns from the clock of that start', () => {
    const box = new Box();
    const sentAt = box.time.now();
    box.restart(HOUR, 300 * DAY);
    box.pass(5 * HOUR);
    box.restart(MINUTE);
    box.pass(5 * HOUR);
    expect(box.state(sentAt, 7 * DAY)).toBe('hidden');
    box.restart(MINUTE, 0);
    expect(box.state(sentAt, 7 * DAY)).toBe('shown');
  });

  it('a clock that was not set since the power came on says nothing of the one before', () => {
    const box = new Box();
    const sentAt = box.time.now();
    box.restart(14 * DAY);
    box.restart(MINUTE, -box.truth + 1000);
    expect(box.state(sentAt, 7 * DAY)).toBe('hidden');
    box.set(0);
    box.pass(6 * HOUR);
    expect(box.state(sentAt, 7 * DAY)).toBe('emptied');
  });

  it('is never emptied more than a day before its true time while a wrong clock is set right within six hours, and is within the time it was not counted', () => {
    const jump = fc.record({
      off: fc.integer({ min: 0, max: 3 * DAY }),
      ahead: fc.integer({ min: 0, max: 300 * DAY }),
      run: fc.integer({ min: 0, max: 5 * HOUR }),
      rest: fc.integer({ min: 7 * HOUR, max: 3 * DAY }),
    });
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 6 }), fc.constantFrom(1, 7, 90), (jumps, days) => {
        const box = new Box();
        const [sentAt, truth] = [box.time.now(), box.truth];
        let unchecked = 0;
        const check = () => {
          const early = days * DAY - (box.truth - truth);
          if (box.state(sentAt, days * DAY) === 'emptied')
            expect(early).toBeLessThanOrEqual(unchecked + MINUTE);
        };
        for (const { off, ahead, run, rest } of jumps) {
          // What is within a day is not doubted.
          if (off + ahead <= DAY) unchecked += ahead;
          box.restart(off, ahead);
          check();
          box.pass(run);
          check();
          box.set(0);
          box.pass(rest);
          check();
        }
      }),
    );
  });
});

describe('times off that several processes store', () => {
  const open = (at: number, ms = DAY): OffTime => ({ at, ms });
  const wrong = (at: number, ms = DAY): OffTime => ({ at, ms, isWrong: true });

  it('are those of all of them, each once', () => {
    expect(mergeOffTimes([open(1)], NO_OFF_TIMES, [open(1, DAY + 5), open(2)])).toEqual([
      open(1, DAY + 5),
      open(2),
    ]);
    expect(mergeOffTimes([open(2)], NO_OFF_TIMES, [open(1)])).toEqual([open(1), open(2)]);
  });

  it('go when the process that knows one has confirmed it, and stay when only another could', () => {
    expect(mergeOffTimes([open(1), open(2)], [open(1)], NO_OFF_TIMES)).toEqual([open(2)]);
  });

  it('stay wrong once any process has found one wrong, whatever others believe', () => {
    expect(mergeOffTimes([wrong(1, 7)], [open(1)], NO_OFF_TIMES)).toEqual([wrong(1, 7)]);
    expect(mergeOffTimes([wrong(1, 7)], [open(1)], [open(1), open(2)])).toEqual([wrong(1, 7), open(2)]);
    expect(mergeOffTimes([open(1)], [open(1)], [wrong(1, 7)])).toEqual([wrong(1, 7)]);
  });
});
