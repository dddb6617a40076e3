import type { KeyValueStore } from './key-value-store.ts';

export type Cancel = () => void;

/** The time in epoch milliseconds, and something done later. Tests bring their own. */
export type Clock = { now(): number; after(ms: number, run: () => void): Cancel };

export const wallClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Milliseconds that only go on, whatever the clock of the browser is set to: for what lasts a while. */
export const stopwatch: Clock = { ...wallClock, now: () => performance.now() };

const KEY = 'bisik.box-ahead';
/** The way of an answer takes its time. */
const EXACT_MS = 2_000;

/**
 * The clock of the box, by what it says of its time: what the box dates is held against it. How far this browser is off
 * is kept for the next page and shared with other tabs. `onChange` hears when that changes.
 */
export function createBoxClock(keyValueStore: KeyValueStore, onChange: () => void, clock: Clock = wallClock) {
  const kept = () => Number(keyValueStore.getItem(KEY)) || 0;
  let ahead = kept();
  const move = (next: number) => {
    if (!(Math.abs(next - ahead) >= EXACT_MS)) return false;
    ahead = next;
    onChange();
    return true;
  };
  return {
    ...clock,
    now: () => clock.now() + ahead,
    /** What the box says its time is, if it said so. */
    hear(boxTime: string | null): void {
      if (!boxTime || !move(Number(boxTime) - clock.now())) return;
      try {
        keyValueStore.setItem(KEY, String(ahead));
      } catch {}
    },
    /** Something in the storage that tabs share has changed. */
    heard: (key: string | null) => key === KEY && move(kept()),
  };
}
