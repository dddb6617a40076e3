import { describe, expect, it } from 'vitest';
import type { ApiError } from '../errors.ts';
import { createSearchSlots, type SearchSlots } from './search-slots.ts';

const alive = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Takes a slot and notes under its name what becomes of it. */
function taking(slots: SearchSlots) {
  const started: string[] = [];
  const refused: string[] = [];
  const take = (name: string, signal = alive) => {
    const slot = slots.take(name.replace(/\d/, ''), signal);
    slot.ready.then(
      () => started.push(name),
      (error: ApiError) => refused.push(`${name} ${error.code}`),
    );
    return slot;
  };
  return { take, started, refused };
}

describe('the slots of searches', () => {
  it('two run in the box and one of a person; the next starts when one ends', async () => {
    const { take, started } = taking(createSearchSlots());
    const first = take('ani1');
    take('ani2');
    const second = take('budi');
    take('citra');
    await turn();
    expect(started).toEqual(['ani1', 'budi']);
    second.release();
    await turn();
    expect(started).toEqual(['ani1', 'budi', 'citra']);
    first.release();
    first.release();
    await turn();
    expect(started).toEqual(['ani1', 'budi', 'citra', 'ani2']);
  });

  it('a client that goes away gives up its place in the queue, and one that is away gets none', async () => {
    const { take, started, refused } = taking(createSearchSlots());
    const first = take('ani1');
    const leaving = new AbortController();
    const left = take('ani2', leaving.signal);
    take('ani3');
    leaving.abort();
    left.release();
    take('budi', AbortSignal.abort());
    first.release();
    await turn();
    expect(started).toEqual(['ani1', 'ani3']);
    expect(refused).toEqual(['ani2 MALFORMED_REQUEST', 'budi MALFORMED_REQUEST']);
  });

  it('the queue is bounded, for a person and for the box', () => {
    const slots = createSearchSlots();
    const take = (userId: string) => () => void slots.take(userId, alive).ready.catch(() => {});
    for (let n = 0; n < 4; n++) take('ani')();
    expect(take('ani')).toThrow(/Too many requests/);
    for (let n = 0; n < 14; n++) take(`other ${n}`)();
    expect(take('budi')).toThrow(/Too many requests/);
  });
});
