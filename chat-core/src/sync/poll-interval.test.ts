import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pollAfter, type Standing } from './poll-interval.ts';

const calm: Standing = { activity: 'active', changedMs: 60_000, held: false, pressure: 0 };
const middle = (standing: Partial<Standing>) => pollAfter({ ...calm, ...standing }, () => 0.5);

describe('the pace of polls', () => {
  it('is 2 s in a live exchange, 4 s for who looks, 15 s for who does not, 60 s for a hidden page', () => {
    expect(middle({ changedMs: 1000 })).toBe(2000);
    expect(middle({})).toBe(4000);
    expect(middle({ activity: 'idle', changedMs: 0 })).toBe(15_000);
    expect(middle({ activity: 'hidden', changedMs: 0 })).toBe(60_000);
  });

  it('is 180 s for a hidden page to whom nothing has come for ten minutes', () => {
    expect(middle({ activity: 'hidden', changedMs: 599_999 })).toBe(60_000);
    expect(middle({ activity: 'hidden', changedMs: 600_000 })).toBe(180_000);
    expect(middle({ activity: 'hidden', changedMs: Number.POSITIVE_INFINITY })).toBe(180_000);
  });

  it('is at once for a poll that was held by a box at ease', () => {
    expect(middle({ held: true })).toBe(0);
    expect(middle({ held: true, pressure: 1 })).toBe(2000);
  });

  it('is five times as slow on a box with all it can do', () => {
    expect(middle({ pressure: 1 })).toBe(20_000);
    expect(middle({ pressure: 7 })).toBe(20_000);
  });

  it('never quickens as pressure rises, and stays within a fifth of its middle', () => {
    const standing = fc.record({
      activity: fc.constantFrom('active' as const, 'idle' as const, 'hidden' as const),
      changedMs: fc.nat(1_000_000),
      held: fc.boolean(),
    });
    fc.assert(
      fc.property(
        standing,
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (one, pressure, dice) => {
          expect(middle({ ...one, pressure })).toBeGreaterThanOrEqual(middle(one));
          const ms = pollAfter({ ...one, pressure }, () => dice);
          const [low, high] = [0.79, 1.21].map((share) => middle({ ...one, pressure }) * share);
          expect(ms).toBeGreaterThanOrEqual(Math.floor(low ?? 0));
          expect(ms).toBeLessThanOrEqual(Math.ceil(high ?? 0));
        },
      ),
    );
  });
});
