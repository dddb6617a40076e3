import { describe, expect, it } from 'vitest';
import { createDelayLoad, createHeapLoad, heapLoad, measureProcessLoad } from './process-load.ts';

describe('the load of the event loop', () => {
  const after = (...ticks: number[]) => {
    const delay = createDelayLoad();
    for (const ms of ticks) delay.add(ms);
    return delay.load();
  };
  const times = (count: number, ms: number) => Array<number>(count).fill(ms);

  it('the load is 0 while ticks are punctual or too soon', () => {
    expect(after(...times(50, 0), -3)).toBe(0);
  });

  it('one long stall stays below the load that refuses anything, and is forgotten within a second', () => {
    expect(after(60_000)).toBeLessThan(0.6);
    expect(after(60_000, ...times(10, 0))).toBeLessThan(0.1);
  });

  it('repeated stalls give a load of 1, which falls within three seconds after them', () => {
    expect(after(...times(5, 600))).toBeGreaterThan(1);
    expect(after(...times(1000, 600), ...times(30, 0))).toBeLessThan(0.1);
  });

  it('the load is proportional to the average delay', () => {
    expect(after(...times(100, 125))).toBeCloseTo(0.5);
  });
});

it('the load of a heap is 0 up to half of its cap and 1 from three quarters on', () => {
  expect([0.1, 0.5, 0.625, 0.75, 0.9].map(heapLoad)).toEqual([0, 0, 0.5, 1, 1]);
});

it('the load of a heap is what the last full collection left, not what was allocated since', () => {
  let share = 0.4;
  const heap = createHeapLoad(() => share);
  share = 0.9;
  expect(heap.load()).toBe(0);
  heap.collected();
  expect(heap.load()).toBe(1);
});

it('a process whose event loop is blocked repeatedly has a load of 1, and recovers', async () => {
  const [load, heapOnly] = [measureProcessLoad(), measureProcessLoad({ loop: false })];
  const block = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end; );
  };
  for (let n = 0; n < 12 && load() < 1; n++) {
    block(400);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  expect(load()).toBeGreaterThanOrEqual(1);
  expect(heapOnly()).toBe(0);
  while (load() > 0.5) await new Promise((resolve) => setTimeout(resolve, 50));
});
