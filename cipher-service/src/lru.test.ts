import { expect, test } from 'vitest';
import { Lru } from './lru.ts';

test('the value used longest ago is forgotten first, and the bound holds', () => {
  const made: string[] = [];
  const lru = new Lru<string>(2);
  const take = (key: string) =>
    lru.take(key, () => {
      made.push(key);
      return key;
    });
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(take(key)).toBe(key);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
  expect(lru.size).toBe(2);
});
