import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openServerTime, type ServerTime, type Stamp } from './clock.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 24 * 3_600_000];
const YEAR = 365 * DAY;
const START = Date.UTC(2026, 10, 28);

/** A simulated machine: its true time passes, its wall clock is set at will, and its power fails. */
class Machine {
  truth = START;
  wall = START;
  slept = 0;
  /** The time since the newest commit that restarts counted too much, and too little. */
  over = 0;
  under = 0;
  last: Stamp = { at: 0, clock: 0 };
  time: ServerTime;
  private committedAt = START;

  constructor() {
    this.time = this.open();
    this.commit();
  }

  pass(ms: number): void {
    this.truth += ms;
    this.wall += ms;
  }

  sleep(ms: number): void {
    this.slept += ms;
    this.pass(ms);
    this.time.now();
  }

  set(wall: number): void {
    this.wall = wall;
    // A read of the time sees the step; without one, a step that is set back leaves no trace.
    this.time.now();
  }

  commit(): void {
    this.last = this.time.stamp();
    this.committedAt = this.truth;
  }

  restart(offMs: number, wall: number | undefined): void {
    this.pass(offMs);
    this.wall = wall ?? this.wall;
    const said = this.wall - this.last.clock;
    const counted = said >= 0 && said <= 366 * DAY ? said : 0;
    const passed = this.truth - this.committedAt;
    this.over += Math.max(0, counted - passed);
    this.under += Math.max(0, passed - counted);
    this.time = this.open();
  }

  private open(): ServerTime {
    // The start of monotonic time is arbitrary and differs for each process.
    const begun = this.truth - this.slept - 12_345;
    return openServerTime(this.last, {
      now: () => this.wall,
      elapsed: () => this.truth - this.slept - begun,
      asleep: () => this.slept + 7,
    });
  }
}

type MachineEvent =
  | { kind: 'pass' | 'sleep' | 'commit'; ms: number }
  | { kind: 'set'; wall: Wall }
  | { kind: 'restart'; ms: number; wall: Wall | 'as it was' };
type Wall = 'right' | '1970' | number;

const ms = fc.oneof(fc.nat(MINUTE), fc.nat(2 * DAY), fc.nat(70 * DAY));
const wall: fc.Arbitrary<Wall> = fc.oneof(
  fc.constantFrom<Wall>('right', '1970', 10 * YEAR, -3 * HOUR, 9 * HOUR, 40 * DAY, -2 * YEAR),
  fc.integer({ min: -10 * YEAR, max: 10 * YEAR }),
);
const event: fc.Arbitrary<MachineEvent> = fc.oneof(
  fc.record({ kind: fc.constantFrom('pass', 'sleep', 'commit', 'commit'), ms }),
  fc.record({ kind: fc.constant('set'), wall }),
  fc.record({
    kind: fc.constant('restart'),
    ms,
    wall: fc.oneof(fc.constant<'as it was'>('as it was'), wall),
  }),
);

function wallOf(machine: Machine, said: Wall): number {
  if (said === '1970') return 5 * MINUTE;
  return machine.truth + (said === 'right' ? 0 : said);
}

function apply(machine: Machine, one: MachineEvent): void {
  if (one.kind === 'set') machine.set(wallOf(machine, one.wall));
  else if (one.kind === 'commit') machine.commit();
  else if (one.kind === 'restart')
    machine.restart(one.ms, one.wall === 'as it was' ? undefined : wallOf(machine, one.wall));
  else machine[one.kind](one.ms);
}

describe('server time', () => {
  it('server time never goes back, and is wrong only by what restarts counted wrongly, however the wall clock is set', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), fc.array(event, { maxLength: 25 }), (before, after) => {
        const machine = new Machine();
        for (const one of before) apply(machine, one);
        const issued = { at: machine.time.now(), truth: machine.truth };
        machine.commit();
        [machine.over, machine.under] = [0, 0];
        let [newest, steps] = [issued.at, 1];
        for (const one of after) {
          apply(machine, one);
          const now = machine.time.now();
          // What was not committed is forgotten by a restart; nothing of it is stored.
          if (one.kind !== 'restart') expect(now).toBeGreaterThanOrEqual(newest);
          expect(now).toBeGreaterThanOrEqual(machine.last.at);
          newest = now;
          // A setting by less than two seconds counts as drift.
          steps += one.kind === 'set' || one.kind === 'restart' ? 1 : 0;
          const age = machine.truth - issued.truth;
          expect(now - issued.at).toBeLessThanOrEqual(age + machine.over + steps * 2 * SECOND);
          expect(now - issued.at).toBeGreaterThanOrEqual(age - machine.under - steps * 2 * SECOND);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a server time shown by the wall clock is as far from the wall clock as from server time', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), fc.integer(), (before, offset) => {
        const machine = new Machine();
        for (const one of before) apply(machine, one);
        machine.set(machine.truth);
        const { time } = machine;
        // Up to the two seconds that count as drift.
        const apart = time.toWall(time.now() + offset) - (time.wall() + offset);
        expect(Math.abs(apart)).toBeLessThanOrEqual(25 * 2 * SECOND);
        expect(time.wall()).toBe(machine.truth);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, number, (machine: Machine) => void]>([
    ['an hour passes', HOUR, (one) => one.pass(HOUR)],
    ['the machine sleeps for an hour', HOUR, (one) => one.sleep(HOUR)],
    ['the clock is set ahead by ten years', 0, (one) => one.set(START + 10 * YEAR)],
    [
      'it is ten years ahead for one commit',
      HOUR,
      (one) => {
        one.set(START + 10 * YEAR);
        one.commit();
        one.set(START);
        one.pass(HOUR);
      },
    ],
    [
      'it is ten years ahead for one commit, and right after the restart',
      0,
      (one) => {
        one.set(START + 10 * YEAR);
        one.commit();
        one.restart(HOUR, START + HOUR);
      },
    ],
    ['the box is off for an hour', HOUR, (one) => one.restart(HOUR, undefined)],
    ['it starts in 1970', 0, (one) => one.restart(HOUR, 0)],
    [
      'it starts in 1970, and NTP sets the clock after a minute',
      MINUTE,
      (one) => {
        one.restart(HOUR, 0);
        one.pass(MINUTE);
        one.set(one.truth);
      },
    ],
    ['it starts ten years ahead', 0, (one) => one.restart(HOUR, START + 10 * YEAR)],
    ['it starts nine hours ahead', 10 * HOUR, (one) => one.restart(HOUR, START + 10 * HOUR)],
    ['it was off for two years', 0, (one) => one.restart(2 * YEAR, undefined)],
    ['NTP makes the clock run a second faster', 1000, (one) => one.set(START + SECOND)],
  ])('when %s, server time advances by %i ms', (_, moved, happens) => {
    const machine = new Machine();
    happens(machine);
    expect(machine.time.now() - START).toBe(moved);
  });

  it('server time replaces a wall clock that was not set since the power came on', () => {
    const machine = new Machine();
    machine.pass(HOUR);
    machine.commit();
    machine.restart(HOUR, 0);
    expect(machine.time.wall()).toBe(START + HOUR);
    machine.set(machine.truth);
    expect(machine.time.wall()).toBe(machine.truth);
  });
});
