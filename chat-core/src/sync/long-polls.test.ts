import { describe, expect, it } from 'vitest';
import { LongPolls, type Slot, waitForChange } from './long-polls.ts';

const DELTA = { cursor: 'newer' };
const suspend = <T>(waiting: Promise<T>) => waiting;
const slotOf = (polls: LongPolls, user = 'ani') => polls.take(user, 'active') as Slot;

describe('waiting for a change', () => {
  it('a waiting poll misses no change between its read and its wait', async () => {
    const polls = new LongPolls(9);
    let reads = 0;
    const read = async () => {
      reads += 1;
      if (reads > 1) return DELTA;
      // The read found nothing, and now something changes.
      queueMicrotask(() => polls.wake(['ani']));
      return undefined;
    };
    expect(await waitForChange(read, slotOf(polls), 60_000, suspend)).toEqual(DELTA);
    expect([reads, polls.size]).toEqual([2, 0]);
  });

  it('a waiting poll does not end at a change for another person', async () => {
    const polls = new LongPolls(9);
    let reads = 0;
    const read = async () => (++reads === 3 ? DELTA : undefined);
    const waiting = waitForChange(read, slotOf(polls), 60_000, suspend);
    for (let n = 0; n < 5; n++) {
      await new Promise((resolve) => setImmediate(resolve));
      polls.wake(['budi']);
      if (n > 2) polls.wake(['ani']);
    }
    expect(await waiting).toEqual(DELTA);
    expect(reads).toBe(3);
  });

  it('a waiting poll ends at its time limit, with its client and with the service, and frees its slot', async () => {
    const polls = new LongPolls(9);
    const nothing = async () => undefined;
    expect(await waitForChange(nothing, slotOf(polls), 5, suspend)).toBeUndefined();
    const disconnected = slotOf(polls);
    const waiting = waitForChange(nothing, disconnected, 60_000, suspend);
    await undefined;
    disconnected.release();
    expect(await waiting).toBeUndefined();
    const last = waitForChange(nothing, slotOf(polls), 60_000, suspend);
    polls.close();
    expect(await last).toBeUndefined();
    expect(polls.size).toBe(0);
    expect(polls.take('ani', 'active')).toBeUndefined();
  });

  it('a waiting poll frees its slot when reading fails', async () => {
    const polls = new LongPolls(9);
    const failing = waitForChange(() => Promise.reject(new Error('no')), slotOf(polls), 60_000, suspend);
    await expect(failing).rejects.toThrow('no');
    expect(polls.size).toBe(0);
  });
});

it('slots are limited in all and per person, and inactive clients may use at most half of them', () => {
  const polls = new LongPolls(40);
  const taken = (user: string, n: number, activity: 'active' | 'hidden') =>
    Array.from({ length: n }, () => polls.take(user, activity)).filter((one) => one !== undefined).length;
  expect(taken('ani', 20, 'active')).toBe(16);
  expect(taken('budi', 9, 'hidden')).toBe(4);
  expect(taken('cici', 16, 'active')).toBe(16);
  expect(taken('dedi', 16, 'active')).toBe(4);
  expect(polls.size).toBe(40);
});
