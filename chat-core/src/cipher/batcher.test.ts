import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBatcher, type Requester } from './batcher.ts';

afterEach(() => vi.useRealTimers());

/** Items are numbers of so many bytes each. */
const batcherOf = <Item, Answer>(call: (items: Item[]) => Promise<Answer[]>, bytes = 1000) =>
  createBatcher<Item, Answer>(call, () => bytes);
const of = (accountId: string, signal?: AbortSignal): Requester => ({ accountId, signal });
const range = (length: number, from = 0) => Array.from({ length }, (_, n) => from + n);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('micro-batches', () => {
  it('concurrent requests share one call, and those that arrive during it share the next', async () => {
    const calls: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const { request } = batcherOf<number, number>(async (items) => {
      calls.push(items);
      if (calls.length === 1) await gate.promise;
      return items.map((item) => item * 10);
    });
    const first = [request([1], of('ani')), request([2, 3], of('budi'))];
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    const second = [request([4]), request([]), request([5], of('ani'))];
    gate.resolve();
    expect(await Promise.all([...first, ...second])).toEqual([[10], [20, 30], [40], [], [50]]);
    expect(calls).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('a call never has more than 200 items, and every request gets its own results in order', async () => {
    const sizes: number[] = [];
    const { request } = batcherOf<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    });
    const inputs = [450, 120, 120, 1].map((length, n) => range(length, n * 1000));
    expect(await Promise.all(inputs.map((items, n) => request(items, of(`${n % 3}`))))).toEqual(inputs);
    expect(Math.max(...sizes)).toBe(200);
    expect(sizes.reduce((a, b) => a + b)).toBe(691);
  });

  it('a second call starts beside the first when there is enough for one, and small requests wait', async () => {
    const calls: { items: number[]; finish: () => void }[] = [];
    const { request } = createBatcher<number, number>(
      (items) => new Promise((resolve) => calls.push({ items, finish: () => resolve(items) })),
      () => 1000,
      2,
    );
    const answers = [request(range(120), of('ani'))];
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    answers.push(request([1000], of('budi')));
    await turn();
    await turn();
    expect(calls).toHaveLength(1);
    answers.push(request(range(120, 200), of('ani')), request(range(120, 400), of('ani')));
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    await turn();
    await turn();
    expect(calls).toHaveLength(2);
    for (let n = 0; n < 3; n++) {
      await vi.waitFor(() => expect(calls.length).toBeGreaterThan(n));
      calls[n]?.finish();
    }
    expect(await Promise.all(answers)).toEqual([range(120), [1000], range(120, 200), range(120, 400)]);
    expect(calls.map(({ items }) => items.length)).toEqual([120, 200, 41]);
  });

  it('a call of large items has few of them', async () => {
    const sizes: number[] = [];
    const { request } = batcherOf<number, number>(async (items) => {
      sizes.push(items.length);
      return items;
    }, 22_000);
    expect(await request(range(200))).toEqual(range(200));
    expect(Math.max(...sizes) * 22_000).toBeLessThan(300_000);
  });

  it('a failed call fails the requests in it and no others', async () => {
    let calls = 0;
    const { request } = batcherOf<string, string>(async (items) => {
      calls += 1;
      if (items.includes('bad')) throw new Error('broken');
      return items;
    });
    const bad = expect(request(['bad'])).rejects.toThrow('broken');
    await turn();
    expect(await request(['good'])).toEqual(['good']);
    await bad;
    expect(calls).toBe(2);
  });

  it('a request that waited 1.5 s is refused, so that with calls of 1.4 s every request ends within 3 s', async () => {
    vi.useFakeTimers({ now: 0 });
    const calls: number[] = [];
    const { request, load } = batcherOf<number, number>(async (items) => {
      calls.push(items.length);
      await new Promise((resolve) => setTimeout(resolve, 1400));
      return items;
    });
    const ends: [string, number][] = [];
    for (let n = 0; n < 4; n++) {
      request(range(200)).then(
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
    const { request, load } = batcherOf<number, number>(async (items) => items);
    expect(load()).toBe(0);
    const fits = request(range(3999));
    await expect(request([1, 2])).rejects.toMatchObject({ code: 'CIPHER_UNAVAILABLE' });
    expect(await fits).toEqual(range(3999));
    expect(load()).toBe(0);
    expect(await request([1, 2])).toEqual([1, 2]);
  });
});

describe('turns between accounts', () => {
  /** A batcher whose calls a test lets go one by one. */
  function stepped(bytes: number) {
    const calls: { items: string[]; go: () => void }[] = [];
    const batcher = batcherOf<string, string>((items) => {
      const { promise, resolve } = Promise.withResolvers<string[]>();
      calls.push({ items, go: () => resolve(items) });
      return promise;
    }, bytes);
    return { ...batcher, calls };
  }
  const pageOf = (name: string, length = 200) => range(length).map((n) => `${name} ${n}`);

  it('one message waits for one call, however many large pages another account has requested', async () => {
    const { request, calls, load } = stepped(22_000);
    const pages = range(5).map((n) => request(pageOf(`page ${n}`), of('abuser')));
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    const hers = request(['hers'], of('ani'));
    const his = request(['his'], of('budi'));
    calls[0]?.go();
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    expect(calls[1]?.items).toEqual(expect.arrayContaining(['hers', 'his']));
    // The waiting pages of one account do not count as a full queue, for which everyone would be refused.
    expect(load()).toBeLessThan(0.1);
    calls[1]?.go();
    expect(await Promise.all([hers, his])).toEqual([['hers'], ['his']]);
    for (let n = 2; n < 100; n++) {
      await turn();
      calls[n]?.go();
    }
    expect(await Promise.all(pages)).toEqual(range(5).map((n) => pageOf(`page ${n}`)));
  });

  it('two accounts with large pages share the calls evenly', async () => {
    const { request, calls } = stepped(22_000);
    const pages = ['ani', 'budi'].map((name) => request(pageOf(name), of(name)));
    for (let n = 0; n < 4; n++) {
      await vi.waitFor(() => expect(calls).toHaveLength(n + 1));
      const hers = calls[n]?.items.filter((item) => item.startsWith('ani')).length ?? 0;
      expect(Math.abs(2 * hers - (calls[n]?.items.length ?? 0))).toBeLessThanOrEqual(2);
      calls[n]?.go();
    }
    for (let n = 4; n < 100; n++) {
      await turn();
      calls[n]?.go();
    }
    await Promise.all(pages);
  });

  it('an account that has a quarter of the queue is refused more, and the others are not', async () => {
    const { request, calls } = stepped(1000);
    const full = request(pageOf('abuser', 1200), of('abuser'));
    await expect(request(pageOf('abuser'), of('abuser'))).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      retryAfter: 1,
    });
    const hers = request(['hers'], of('ani'));
    for (let n = 0; n < 20; n++) {
      await turn();
      calls[n]?.go();
    }
    expect([await hers, (await full).length]).toEqual([['hers'], 1200]);
  });

  it('a full queue makes room for an account with little by refusing the newest of the one with the most', async () => {
    const { request, calls } = stepped(1000);
    const outcomes: string[] = [];
    for (const n of range(4))
      void request(pageOf('large', 1000), of(`${n}`)).then(
        () => outcomes.push('answered'),
        ({ code }) => outcomes.push(code),
      );
    expect(
      await Promise.race([request(['hers'], of('ani')).then(() => 'late'), turn().then(() => 'in')]),
    ).toBe('in');
    for (let n = 0; n < 60; n++) {
      await turn();
      calls[n]?.go();
    }
    await vi.waitFor(() => expect(outcomes).toHaveLength(4));
    expect(outcomes.toSorted()).toEqual(['CIPHER_UNAVAILABLE', 'answered', 'answered', 'answered']);
    expect(calls.flatMap(({ items }) => items)).toContain('hers');
  });

  it('the rest of an aborted request is never opened', async () => {
    const { request, calls } = stepped(22_000);
    const gone = new AbortController();
    const page = expect(request(pageOf('gone'), of('ani', gone.signal))).rejects.toMatchObject({
      code: 'MALFORMED_REQUEST',
    });
    const late = expect(request(pageOf('late'), of('ani', gone.signal))).rejects.toThrow();
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    const his = request(['his'], of('budi'));
    gone.abort();
    calls[0]?.go();
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    expect(calls[1]?.items).toEqual(['his']);
    calls[1]?.go();
    expect(await his).toEqual(['his']);
    await Promise.all([page, late]);
    await turn();
    expect(calls).toHaveLength(2);
  });
});
