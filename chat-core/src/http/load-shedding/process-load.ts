import { getHeapStatistics } from 'node:v8';

/** How strained something is: 0 calm, 1 as much as it may be. */
export type Pressure = () => number;

const TICK_MS = 100;
/**
 * The event loop may be so late on average. Refusing takes as long as answering a poll: a bound that many sockets reach by
 * polls alone would refuse everything and gain nothing.
 */
const MAX_LATE_MS = 250;
/** A longer stall counts as this one, so that nothing is refused for a single one, nor long after many. */
const LONGEST_MS = 600;
/** The weight of the newest tick: a change is believed after about five. */
const NEWEST = 0.2;
/** Shares of the heap's cap. */
const HEAP_CALM = 0.5;
const HEAP_FULL = 0.75;

/**
 * The strain of this process: its heap and, unless `loop` is false, its event loop, looked at ten times a second.
 * The loop is late on a slow machine too, which tests must not feel.
 */
export function processPressure({ loop = true } = {}): Pressure {
  const lateness = openLateness();
  const heap = openHeap(() => {
    const { used_heap_size, heap_size_limit } = getHeapStatistics();
    return used_heap_size / heap_size_limit;
  });
  let due = performance.now() + TICK_MS;
  // Only a full collection takes what a WeakRef points to. An observer of collections would cost each of them some time.
  let sentinel = new WeakRef({});
  setInterval(() => {
    const now = performance.now();
    lateness.add(now - due);
    due = now + TICK_MS;
    if (sentinel.deref() !== undefined) return;
    sentinel = new WeakRef({});
    heap.collected();
  }, TICK_MS).unref();
  return () => (loop ? Math.max(lateness.pressure(), heap.pressure()) : heap.pressure());
}

/** How late ticks come, in milliseconds, as a moving average in which one long stall alone never reaches 1. */
export function openLateness(): { add(ms: number): void; pressure: Pressure } {
  let average = 0;
  return {
    add: (ms) => {
      average += (Math.min(Math.max(ms, 0), LONGEST_MS) - average) * NEWEST;
    },
    pressure: () => average / MAX_LATE_MS,
  };
}

/**
 * The strain of a heap whose `share` of its cap is used, as of the last full collection: until the next one most of what
 * comes on top is what nobody needs any more, and says nothing.
 */
export function openHeap(share: () => number): { collected(): void; pressure: Pressure } {
  let pressure = 0;
  return {
    collected: () => {
      pressure = heapPressure(share());
    },
    pressure: () => pressure,
  };
}

/** 0 up to half of the heap's cap, 1 from three quarters on. */
export function heapPressure(share: number): number {
  return Math.min(1, Math.max(0, (share - HEAP_CALM) / (HEAP_FULL - HEAP_CALM)));
}
