import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, isCount, listOf } from './shape.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isPair = exactly<{ name: string; count: number }>({ name: isText, count: isCount });

describe('the form of what was parsed from JSON', () => {
  test('an object has all its fields, each of its form, and no other', () => {
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

  test('a field that every object inherits is not there', () => {
    const hasToString = exactly<{ toString: unknown }>({ toString: () => true });
    expect([hasToString({ other: 1 }), hasToString({ toString: 1 })]).toEqual([false, true]);
  });

  test('a list is a list, neither too short nor too long, of nothing else', () => {
    const isFew = listOf(isText, 1, 2);
    expect([['a'], ['a', 'b']].every(isFew)).toBe(true);
    for (const value of [[], ['a', 'b', 'c'], ['a', 1], { 0: 'a', length: 1 }, 'a', undefined])
      expect(isFew(value)).toBe(false);
  });

  test('a count is whole, exact and not below 0', () => {
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
