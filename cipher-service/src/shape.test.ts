import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, isCount, listOf } from './shape.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isPair = exactly<{ name: string; count: number }>({ name: isText, count: isCount });

describe('checks of parsed JSON', () => {
  test('an object must have all its fields, each valid, and no other', () => {
    expect(isPair({ name: 'ani', count: 1 })).toBe(true);
    for (const value of [
      { name: 'ani' },
      { name: 'ani', count: '1' },
      { name: 'ani', count: 1, more: 1 },
      { name: 'ani', other: 1 },
      JSON.parse('{"name":"ani","count":1,"__proto__":{}}'),
      JSON.parse('{"name":"ani","__proto__":{"count":1}}'),
    ])
      expect(isPair(value)).toBe(false);
  });

  test('an inherited field does not count as a field', () => {
    const hasToString = exactly<{ toString: unknown }>({ toString: () => true });
    expect([hasToString({ other: 1 }), hasToString({ toString: 1 })]).toEqual([false, true]);
  });

  test('a list must be an array of valid items, neither too short nor too long', () => {
    const isFew = listOf(isText, 1, 2);
    expect([['a'], ['a', 'b']].every(isFew)).toBe(true);
    for (const value of [[], ['a', 'b', 'c'], ['a', 1], { 0: 'a', length: 1 }, 'a', undefined])
      expect(isFew(value)).toBe(false);
  });

  test('a count must be a safe integer of at least 0', () => {
    expect([0, 1, Number.MAX_SAFE_INTEGER].every(isCount)).toBe(true);
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN, JSON.parse('1e999'), '1', 1n])
      expect(isCount(value)).toBe(false);
  });

  test('no value of JSON makes a check throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const check of [isPair, listOf(isPair, 0, 9), isCount])
          expect(typeof check(value)).toBe('boolean');
      }),
    );
  });
});
