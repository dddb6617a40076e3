import { expect, test, vi } from 'vitest';
import { createUrlCache } from './url-cache.ts';

test('beyond its size the cache revokes what is used least recently, never what is shown, and on a logout everything', () => {
  let count = 0;
  const create = vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${++count}`);
  const revoked: string[] = [];
  const revoke = vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void revoked.push(url));
  const cache = createUrlCache(20);
  const blob = () => new Blob(['x'.repeat(10)]);
  for (const id of ['a', 'b']) {
    cache.add(id, blob());
    cache.hold(id);
  }
  cache.release('a');
  cache.add('c', blob());
  expect(cache.hold('c')).toBe('blob:3');
  expect(revoked).toEqual(['blob:1']);
  expect([cache.blob('a'), cache.hold('a')]).toEqual([undefined, undefined]);

  // Shown twice: it stays until both have released it.
  cache.hold('b');
  cache.release('b');
  cache.add('d', blob());
  cache.hold('d');
  expect(revoked).toEqual(['blob:1']);
  cache.release('b');
  expect(revoked).toEqual(['blob:1', 'blob:2']);
  cache.clear();
  expect(revoked).toEqual(['blob:1', 'blob:2', 'blob:3', 'blob:4']);
  create.mockRestore();
  revoke.mockRestore();
});
