import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBatcher } from './batcher.ts';

afterEach(() => vi.useRealTimers());

describe('micro-batches', () => {
  it('concurrent requests share one call, and those that arrive during it share the next', async () => {
    const calls: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const { request } = createBatcher<number, number>(async (items) => {
      calls.push(items);
      if (calls.length === 1) await gate.promise;
      return items.map((item) => item * 10);
    });
    const first = [request([1]), request([2, 3])];
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    const second = [request([4]), request([]), request([5])];
    gate.resolve();
    expect(await Promise.all([...first, ...second])).toEqual([[10], [20, 30], [40], [], [50]]);
    expect(calls).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('a call never has more than 200 items, and every request gets its own results in order', async () => {
    const sizes: number[] = [];
    const { request } = createBatcher<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    });
    const inputs = [450, 120, 120, 1].map((length, n) =>
      Array.from({ length }, (_, index) => n * 1000 + index),
    );
    expect(await Promise.all(inputs.map(request))).toEqual(inputs);
    expect(Math.max(...sizes)).toBe(200);
    expect(sizes.reduce((a, b) => a + b)).toBe(691);
  });

  it('a failed call fails the requests in it and no others', async () => {
    let calls = 0;
    const { request } = createBatcher<string, string>(async (items) => {
      calls += 1;
      if (items.includes('bad')) throw new Error('broken');
      return items;
    });
    const bad = expect(request(['bad'])).rejects.toThrow('broken');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await request(['good'])).toEqual(['good']);
    await bad;
    expect(calls).toBe(2);
  });

  it('a request that waited 1.5 s is refused, so that with calls of 1.4 s every request ends within 3 s', async () => {
    vi.useFakeTimers({ now: 0 });
    const calls: number[] = [];
    const { request, load } = createBatcher<number, number>(async (items) => {
      calls.push(items.length);
      await new Promise((resolve) => setTimeout(resolve, 1400));
      return items;
    });
    const full = Array.from({ length: 200 }, (_, n) => n);
    const ends: [string, number][] = [];
    for (let n = 0; n < 4; n++) {
      request(full).then(
        () => ends.push(['answered', performance.now()]),
        ({ code }) => ends.push([code, performance.now()]),
      );
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toEqual([200, 200]);
    expect(ends.map(([how]) => how)).toEqual([
      'answered',
      'answered',
      'CIPHER_UNAVAILABLE',
      'CIPHER_UNAVAILABLE',
    ]);
    for (const [how, at] of ends) expect([how, at < 3000]).toEqual([how, true]);
    expect(load()).toBe(0);
  });

  it('requests beyond the limit of the queue are refused', async () => {
    const { request, load } = createBatcher<number, number>(async (items) => items);
    expect(load()).toBe(0);
    const many = Array.from({ length: 3999 }, (_, n) => n);
    const fits = request(many);
    expect(load()).toBe(3999 / 4000);
    await expect(request([1, 2])).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
    expect(await fits).toEqual(many);
    expect(load()).toBe(0);
    expect(await request([1, 2])).toEqual([1, 2]);
  });
});
