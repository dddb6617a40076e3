import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBatcher } from './batcher.ts';

afterEach(() => vi.useRealTimers());

describe('micro-batches', () => {
  it('carry what is asked at once in one call, and what is asked meanwhile in the next', async () => {
    const calls: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const { ask } = createBatcher<number, number>(async (items) => {
      calls.push(items);
      if (calls.length === 1) await gate.promise;
      return items.map((item) => item * 10);
    });
    const first = [ask([1]), ask([2, 3])];
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    const second = [ask([4]), ask([]), ask([5])];
    gate.resolve();
    expect(await Promise.all([...first, ...second])).toEqual([[10], [20, 30], [40], [], [50]]);
    expect(calls).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('never put more than 200 items into a call, and keep every answer in its place', async () => {
    const sizes: number[] = [];
    const { ask } = createBatcher<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    });
    const asked = [450, 120, 120, 1].map((length, n) => Array.from({ length }, (_, at) => n * 1000 + at));
    expect(await Promise.all(asked.map(ask))).toEqual(asked);
    expect(Math.max(...sizes)).toBe(200);
    expect(sizes.reduce((a, b) => a + b)).toBe(691);
  });

  it('fail those a broken call carried and no others', async () => {
    let calls = 0;
    const { ask } = createBatcher<string, string>(async (items) => {
      calls += 1;
      if (items.includes('bad')) throw new Error('broken');
      return items;
    });
    const bad = expect(ask(['bad'])).rejects.toThrow('broken');
    await new Promise((later) => setImmediate(later));
    expect(await ask(['good'])).toEqual(['good']);
    await bad;
    expect(calls).toBe(2);
  });

  it('refuse who has waited for 1.5 s when the turn comes: with a call of 1.4 s all have their answer within 3 s', async () => {
    vi.useFakeTimers({ now: 0 });
    const calls: number[] = [];
    const { ask, load } = createBatcher<number, number>(async (items) => {
      calls.push(items.length);
      await new Promise((answered) => setTimeout(answered, 1400));
      return items;
    });
    const full = Array.from({ length: 200 }, (_, n) => n);
    const ends: [string, number][] = [];
    for (let n = 0; n < 4; n++) {
      ask(full).then(
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

  it('refuse more than they can hold', async () => {
    const { ask, load } = createBatcher<number, number>(async (items) => items);
    expect(load()).toBe(0);
    const many = Array.from({ length: 3999 }, (_, n) => n);
    const fits = ask(many);
    expect(load()).toBe(3999 / 4000);
    await expect(ask([1, 2])).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
    expect(await fits).toEqual(many);
    expect(load()).toBe(0);
    expect(await ask([1, 2])).toEqual([1, 2]);
  });
});
