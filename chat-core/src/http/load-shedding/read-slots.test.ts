import { describe, expect, it } from 'vitest';
import { ApiError } from '../../errors.ts';
import { createReadSlots } from './read-slots.ts';

const range = (length: number) => Array.from({ length }, (_, n) => n);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const alive = new AbortController().signal;

/** Slots whose reads a test ends one by one. */
function stepped(requireBudget: (accountId: string) => void = () => {}) {
  const slots = createReadSlots(requireBudget);
  const reads: { name: string; end: () => void }[] = [];
  const start = (accountId: string, name: string, signal = alive) =>
    slots
      .run(accountId, signal, async () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        reads.push({ name, end: resolve });
        await promise;
        return 200;
      })
      .catch(({ status }: ApiError) => status);
  return { start, reads, names: () => reads.map(({ name }) => name) };
}

describe('reads of an account', () => {
  it('four reads of an account run at once, the rest in their order, and another account does not wait', async () => {
    const { start, reads, names } = stepped();
    const all = range(6).map((n) => start('ani', `${n}`));
    const his = start('budi', 'his');
    await turn();
    expect(names()).toEqual(['0', '1', '2', '3', 'his']);
    reads[2]?.end();
    await turn();
    expect(names().slice(5)).toEqual(['4']);
    for (const { end } of reads) end();
    await turn();
    reads.at(-1)?.end();
    expect(await Promise.all([...all, his])).toEqual([200, 200, 200, 200, 200, 200, 200]);
  });

  it('an account with 28 waiting reads is refused more, until they are done', async () => {
    const { start, reads } = stepped();
    const all = range(32).map((n) => start('ani', `${n}`));
    expect(await start('ani', 'one more')).toBe(429);
    for (let n = 0; n < 32; n++) {
      await turn();
      reads[n]?.end();
    }
    expect(new Set(await Promise.all(all))).toEqual(new Set([200]));
    const after = start('ani', 'after');
    await turn();
    reads.at(-1)?.end();
    expect(await after).toBe(200);
  });

  it('a waiting read whose client went away never runs, and one whose budget is used up meanwhile neither', async () => {
    let isUsedUp = false;
    const { start, reads, names } = stepped(() => {
      if (isUsedUp) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: 9 });
    });
    const running = range(4).map((n) => start('ani', `${n}`));
    const gone = new AbortController();
    const left = start('ani', 'left', gone.signal);
    const late = start('ani', 'late');
    gone.abort();
    isUsedUp = true;
    for (const { end } of reads) end();
    expect(await Promise.all([...running, left, late])).toEqual([200, 200, 200, 200, 400, 429]);
    expect(names()).toEqual(['0', '1', '2', '3']);
    expect(await start('ani', 'refused')).toBe(429);
  });
});
