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
  it('the reads of an account run one after the other in their order, and another account does not wait', async () => {
    const { start, reads, names } = stepped();
    const all = range(3).map((n) => start('ani', `${n}`));
    const his = start('budi', 'his');
    await turn();
    expect(names()).toEqual(['0', 'his']);
    reads[0]?.end();
    await expect.poll(names).toEqual(['0', 'his', '1']);
    reads[2]?.end();
    await expect.poll(names).toEqual(['0', 'his', '1', '2']);
    for (const { end } of reads) end();
    expect(await Promise.all([...all, his])).toEqual([200, 200, 200, 200]);
  });

  it('reads that need nothing but time of the processor leave half of it to others', async () => {
    const slots = createReadSlots(() => {});
    const busy = async () => {
      const started = performance.now();
      while (performance.now() - started < 20);
    };
    const [all, turns]: [Promise<void>[], number[]] = [[], []];
    for (const _ of range(6)) all.push(slots.run('ani', alive, busy));
    let isOver = false;
    const done = Promise.all(all).then(() => {
      isOver = true;
    });
    while (!isOver) {
      await turn();
      turns.push(performance.now());
    }
    await done;
    // No two reads without a turn of the event loop between them, and turns for as long as the reads take.
    const gaps = turns.map((at, n) => at - (turns[n - 1] ?? at));
    const free = gaps.filter((gap) => gap < 15).reduce((sum, gap) => sum + gap, 0);
    expect(gaps.filter((gap) => gap >= 15).length).toBeGreaterThanOrEqual(5);
    expect(free).toBeGreaterThan(50);
  });

  it('an account with 28 waiting reads is refused more, until they are done', async () => {
    const { start, reads } = stepped();
    const all = range(29).map((n) => start('ani', `${n}`));
    expect(await start('ani', 'one more')).toBe(429);
    for (const n of range(29)) {
      await expect.poll(() => reads.length).toBe(n + 1);
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
    const running = start('ani', 'running');
    const gone = new AbortController();
    const left = start('ani', 'left', gone.signal);
    const late = start('ani', 'late');
    gone.abort();
    isUsedUp = true;
    reads[0]?.end();
    expect(await Promise.all([running, left, late])).toEqual([200, 400, 429]);
    expect(names()).toEqual(['running']);
    expect(await start('ani', 'refused')).toBe(429);
  });
});
