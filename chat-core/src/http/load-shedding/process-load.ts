import { getHeapStatistics } from 'node:v8';

/** A load: 0 when idle, 1 at the limit. */
export type Load = () => number;

const TICK_MS = 100;
/**
 * The event loop's delay, on average, that counts as a load of 1. Refusing a request takes as long as answering a poll:
 * with a lower bound, polls alone would make the server refuse everything and gain nothing.
 */
const MAX_DELAY_MS = 250;
/** A longer stall counts as this one, so that a single stall refuses nothing and many are forgotten soon. */
const MAX_COUNTED_MS = 600;
/** The weight of the newest tick: the average follows a change within about five. */
const NEWEST_WEIGHT = 0.2;
/** Shares of the heap's cap at which its load is 0 and 1. */
const HEAP_IDLE = 0.5;
const HEAP_FULL = 0.75;

/**
 * The load of this process: its heap and, unless `loop` is false, its event loop, sampled ten times a second. Tests on
 * slow machines turn the loop off.
 */
export function measureProcessLoad({ loop = true } = {}): Load {
  const delay = createDelayLoad();
  const heap = createHeapLoad(() => {
    const { used_heap_size, heap_size_limit } = getHeapStatistics();
    return used_heap_size / heap_size_limit;
  });
  let due = performance.now() + TICK_MS;
  // Only a full collection clears a WeakRef. A PerformanceObserver of collections would slow each of them.
  let sentinel = new WeakRef({});
  setInterval(() => {
    const now = performance.now();
    delay.add(now - due);
    due = now + TICK_MS;
    if (sentinel.deref() !== undefined) return;
    sentinel = new WeakRef({});
    heap.collected();
  }, TICK_MS).unref();
  return () => (loop ? Math.max(delay.load(), heap.load()) : heap.load());
}

/** The load of an event loop, by a moving average of its ticks' delays in milliseconds. */
export function createDelayLoad(): { add(ms: number): void; load: Load } {
  let average = 0;
  return {
    add: (ms) => {
      average += (Math.min(Math.max(ms, 0), MAX_COUNTED_MS) - average) * NEWEST_WEIGHT;
    },
    load: () => average / MAX_DELAY_MS,
  };
}

/**
 * The load of a heap whose `share` of its cap is used, as of the last full collection: what was allocated since is
 * mostly garbage.
 */
export function createHeapLoad(share: () => number): { collected(): void; load: Load } {
  let load = 0;
  return {
    collected: () => {
      load = heapLoad(share());
    },
    load: () => load,
  };
}

/** 0 up to half of the heap's cap, 1 from three quarters on. */
export function heapLoad(share: number): number {
  return Math.min(1, Math.max(0, (share - HEAP_IDLE) / (HEAP_FULL - HEAP_IDLE)));
}
