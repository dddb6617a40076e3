import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PollConditions, pollInterval } from './poll-interval.ts';

const idleService: PollConditions = { activity: 'active', changedMs: 60_000, wasHeld: false, load: 0 };
const middle = (conditions: Partial<PollConditions>) =>
  pollInterval({ ...idleService, ...conditions }, () => 0.5);

describe('the interval of polls', () => {
  it('the interval is 2 s while messages come, 4 s for an active page, 15 s for an idle, 60 s for a hidden one', () => {
    expect(middle({ changedMs: 1000 })).toBe(2000);
    expect(middle({})).toBe(4000);
    expect(middle({ activity: 'idle', changedMs: 0 })).toBe(15_000);
    expect(middle({ activity: 'hidden', changedMs: 0 })).toBe(60_000);
  });

  it('the interval is 180 s for a hidden page that received nothing for ten minutes', () => {
    expect(middle({ activity: 'hidden', changedMs: 599_999 })).toBe(60_000);
    expect(middle({ activity: 'hidden', changedMs: 600_000 })).toBe(180_000);
    expect(middle({ activity: 'hidden', changedMs: Number.POSITIVE_INFINITY })).toBe(180_000);
  });

  it('a long poll is followed at once by the next one under normal load', () => {
    expect(middle({ wasHeld: true })).toBe(0);
    expect(middle({ wasHeld: true, load: 1 })).toBe(2000);
  });

  it('the interval is five times as long at full load', () => {
    expect(middle({ load: 1 })).toBe(20_000);
    expect(middle({ load: 7 })).toBe(20_000);
  });

  it('the interval never shrinks as load rises, and stays within a fifth of its middle', () => {
    const conditions = fc.record({
      activity: fc.constantFrom('active' as const, 'idle' as const, 'hidden' as const),
      changedMs: fc.nat(1_000_000),
      wasHeld: fc.boolean(),
    });
    fc.assert(
      fc.property(
        conditions,
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (one, load, random) => {
          expect(middle({ ...one, load })).toBeGreaterThanOrEqual(middle(one));
          const ms = pollInterval({ ...one, load }, () => random);
          const [low, high] = [0.79, 1.21].map((share) => middle({ ...one, load }) * share);
          expect(ms).toBeGreaterThanOrEqual(Math.floor(low ?? 0));
          expect(ms).toBeLessThanOrEqual(Math.ceil(high ?? 0));
        },
      ),
    );
  });
});
