import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Sample, slopeOf } from './slope.ts';

const line = (count: number, valueAt: (n: number) => number): Sample[] =>
  Array.from({ length: count }, (_, n) => ({ hours: n / 100, value: valueAt(n) }));

/** The same numbers in each run, between -1 and 1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 30 - 1;
  };
}

it('the slope of a straight line is its own, with an interval of no width', () => {
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 20, max: 200 }), (rise, count) => {
      const { perHour, low, high } = slopeOf(line(count, (n) => 80 + (rise * n) / 100));
      expect(perHour).toBeCloseTo(rise, 6);
      expect(high - low).toBeLessThan(1e-3);
    }),
  );
});

it('the true slope is in the interval in about 95 of 100 noisy runs', () => {
  const hits = Array.from({ length: 400 }, (_, run) => {
    const next = noise(run + 1);
    const { low, high } = slopeOf(line(120, (n) => 80 + (3 * n) / 100 + next()));
    return low <= 3 && 3 <= high;
  }).filter(Boolean).length;
  expect(hits / 400).toBeGreaterThan(0.9);
});

it('samples that resemble their neighbours give a wider interval than independent ones', () => {
  const [next, same] = [noise(7), noise(7)];
  const alone = slopeOf(line(120, () => next()));
  let level = 0;
  const walk = slopeOf(line(120, () => (level = 0.9 * level + 0.44 * same())));
  expect(walk.high - walk.low).toBeGreaterThan(1.5 * (alone.high - alone.low));
});

it('too few samples, or samples of one moment, have no slope', () => {
  expect(slopeOf(line(19, (n) => n)).perHour).toBeNaN();
  expect(slopeOf(Array.from({ length: 30 }, () => ({ hours: 1, value: 2 }))).perHour).toBeNaN();
});
