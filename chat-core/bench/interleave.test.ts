import { expect, it } from 'vitest';
import { interleave, ratioOf, writeRatio } from './interleave.ts';

it('sides take turns, round after round', async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const results = await interleave(3, { a: side('a'), b: side('b') });
  expect(order.join('')).toBe('ababab');
  expect(results).toEqual({ a: [1, 3, 5], b: [2, 4, 6] });
});

it('a ratio is taken within each round, so that a machine that slows down does not change it', () => {
  expect(ratioOf([100, 50, 10], [200, 100, 20])).toEqual({ median: 0.5, least: 0.5, most: 0.5 });
  expect(writeRatio([90, 95, 80], [100, 100, 100], '/s')).toBe('0.90 (0.80–0.95; 90/s ÷ 100/s)');
});

it('a side that did nothing is no comparison', () => {
  expect(() => ratioOf([1, 2], [3, 0])).toThrow(/nothing to compare/);
});
