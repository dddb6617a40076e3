import type { KeyValueStore } from './key-value-store.ts';

export type Cancel = () => void;

/** The time in epoch milliseconds, and a timer. Tests have their own. */
export type Clock = { now(): number; after(ms: number, run: () => void): Cancel };

export const wallClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A monotonic clock, independent of the time of the device: for durations. */
export const stopwatch: Clock = { ...wallClock, now: () => performance.now() };

const KEY = 'bisik.box-ahead';
/** A smaller difference may come from the latency of the answer. */
const TOLERANCE_MS = 2_000;

/**
 * The clock of the server, from the time that its answers state; timestamps of the server are compared with it. The
 * offset of this browser is stored for the next page and the other tabs. `onChange` is called when it changes.
 */
export function createServerClock(
  keyValueStore: KeyValueStore,
  onChange: () => void,
  clock: Clock = wallClock,
) {
  const stored = () => Number(keyValueStore.getItem(KEY)) || 0;
  let offset = stored();
  const set = (next: number) => {
    if (!(Math.abs(next - offset) >= TOLERANCE_MS)) return false;
    offset = next;
    onChange();
    return true;
  };
  return {
    ...clock,
    now: () => clock.now() + offset,
    /** Takes the time that an answer of the server states, if any. */
    update(serverTime: string | null): void {
      if (!serverTime || !set(Number(serverTime) - clock.now())) return;
      try {
        keyValueStore.setItem(KEY, String(offset));
      } catch {}
    },
    /** Another tab has changed a key of localStorage. */
    storageChanged: (key: string | null) => key === KEY && set(stored()),
  };
}
