import { afterEach, expect, it, vi } from 'vitest';
import { addRatio, interleave, ratioOf, writeRatio } from './rounds.ts';

afterEach(() => vi.restoreAllMocks());

it('the sides of a benchmark alternate in every round', async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const results = await interleave(3, { a: side('a'), b: side('b') });
  expect(order.join('')).toBe('ababab');
  expect(results).toEqual({ a: [1, 3, 5], b: [2, 4, 6] });
});

it('a ratio is taken within each round, so that a machine that slows down does not change it', () => {
  expect(ratioOf([100, 50, 10], [200, 100, 20])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  expect(writeRatio([90, 95, 80], [100, 100, 100], '/s')).toBe('0.90 (0.80–0.95; 90/s ÷ 100/s)');
});

it.each([
  [[90], '≥ 0.9', 'met'],
  [[89], '≥ 0.9', 'MISSED'],
  [[1000], '≤ 10', 'met'],
  [[1001], '≤ 10', 'MISSED'],
] as const)('a ratio of %j to 100 with the goal %s is %s', (ours, goal, verdict) => {
  const logged = vi.spyOn(console, 'log').mockImplementation(() => {});
  addRatio('figure', { ours: [...ours], theirs: [100], unit: '/s' }, goal);
  expect(logged.mock.calls.flat().join()).toContain(`, ${verdict})`);
});

it('a ratio to a side that did nothing is not measured, and the benchmark continues', () => {
  const logged = vi.spyOn(console, 'log').mockImplementation(() => {});
  addRatio('figure', { ours: [1, 2], theirs: [3, 0], unit: '/s' }, '≥ 1');
  expect(logged.mock.calls.flat().join()).toMatch(/not measured.*\(goal ≥ 1\)/);
});
