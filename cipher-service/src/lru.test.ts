import { expect, test } from 'vitest';
import { Lru } from './lru.ts';

test('the least recently used value is evicted first, and the size never exceeds the maximum', () => {
  const created: string[] = [];
  const lru = new Lru<string>(2);
  const take = (key: string) =>
    lru.take(key, () => {
      created.push(key);
      return key;
    });
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(take(key)).toBe(key);
  expect(created).toEqual(['a', 'b', 'c', 'b']);
  expect(lru.size).toBe(2);
});
