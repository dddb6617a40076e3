import { expect, test } from 'vitest';
import { newCode, repeatable } from './repeatable.ts';

test('a request that failed is repeated under the same id, and after its answer a new request has a new one', async () => {
  let made = 0;
  const sent: string[] = [];
  const request = (isAnswered: boolean, input: unknown = ['sari', { name: 'RT 05' }]) =>
    repeatable(
      input,
      () => `id-${++made}`,
      async (id) => {
        sent.push(id);
        if (!isAnswered) throw new Error('no answer');
      },
    );
  await expect(request(false)).rejects.toThrow('no answer');
  await request(true);
  await request(true);
  await request(true, ['budi', { name: 'RT 05' }]);
  expect(sent).toEqual(['id-1', 'id-1', 'id-2', 'id-3']);
});

test('the code of a link has 26 characters of Crockford’s base 32 and no two are the same', () => {
  const codes = Array.from({ length: 100 }, newCode);
  expect(codes.filter((code) => !/^[0-9a-hjkmnp-tv-z]{26}$/.test(code))).toEqual([]);
  expect(new Set(codes).size).toBe(100);
});
