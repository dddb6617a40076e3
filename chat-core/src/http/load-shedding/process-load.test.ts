import { describe, expect, it } from 'vitest';
import { heapPressure, openHeap, openLateness, processPressure } from './process-load.ts';

describe('lateness of the event loop', () => {
  const after = (...ticks: number[]) => {
    const lateness = openLateness();
    for (const ms of ticks) lateness.add(ms);
    return lateness.pressure();
  };
  const times = (count: number, ms: number) => Array<number>(count).fill(ms);

  it('is calm while ticks come in time, or early', () => {
    expect(after(...times(50, 0), -3)).toBe(0);
  });

  it('refuses nothing for one long stall, and forgets it within a second', () => {
    expect(after(60_000)).toBeLessThan(0.6);
    expect(after(60_000, ...times(10, 0))).toBeLessThan(0.1);
  });

  it('is full when stalls go on, and calm within three seconds after', () => {
    expect(after(...times(5, 600))).toBeGreaterThan(1);
    expect(after(...times(1000, 600), ...times(30, 0))).toBeLessThan(0.1);
  });

  it('is as full as ticks are late on average', () => {
    expect(after(...times(100, 125))).toBeCloseTo(0.5);
  });
});

it('the heap is calm up to half of its cap and full from three quarters on', () => {
  expect([0.1, 0.5, 0.625, 0.75, 0.9].map(heapPressure)).toEqual([0, 0, 0.5, 1, 1]);
});

it('the heap is felt by what a full collection left, not by what came after', () => {
  let share = 0.4;
  const heap = openHeap(() => share);
  share = 0.9;
  expect(heap.pressure()).toBe(0);
  heap.collected();
  expect(heap.pressure()).toBe(1);
});

it('a process that is blocked time and again feels it, and recovers', async () => {
  const [pressure, deaf] = [processPressure(), processPressure({ loop: false })];
  const block = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end; );
  };
  for (let n = 0; n < 12 && pressure() < 1; n++) {
    block(400);
    await new Promise((turn) => setTimeout(turn, 0));
  }
  expect(pressure()).toBeGreaterThanOrEqual(1);
  expect(deaf()).toBe(0);
  while (pressure() > 0.5) await new Promise((later) => setTimeout(later, 50));
});
