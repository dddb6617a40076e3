import type { Activity } from '../wire/wire.ts';

/** Milliseconds between two polls (seed: 3 to 5 seconds while the page is active). */
const INTERVAL_MS: Record<Activity, number> = { active: 4000, idle: 15_000, hidden: 60_000 };
/** While messages go back and forth: so long after the last change for an active client. */
const CONVERSING_INTERVAL_MS = 2000;
const CONVERSING_MS = 30_000;
/**
 * For a hidden page that has received nothing for a while: a browser's poll takes some 1,060 bytes in both directions,
 * and a day in a background tab must cost less than 0.6 MB of mobile data.
 */
const QUIET_INTERVAL_MS = 180_000;
const QUIET_AFTER_MS = 10 * 60 * 1000;
/** Up to this load a client may follow a long poll with the next one at once. */
const NORMAL_LOAD = 0.3;
/** At full load, intervals are longer by this factor, and a long poll is followed by a pause. */
const LOAD_FACTOR = 4;
const LOAD_PAUSE_MS = 2000;

/** `changedMs`: time since the last change for this person. `wasHeld`: it was a long poll. `load`: 0 to 1 or more. */
export type PollConditions = { activity: Activity; changedMs: number; wasHeld: boolean; load: number };

/** Milliseconds until a client's next poll, spread by ±20% so that clients do not poll in step. */
export function pollInterval(conditions: PollConditions, random: () => number = Math.random): number {
  const { activity, changedMs, wasHeld, load } = conditions;
  const excess = Math.max(0, (Math.min(load, 1) - NORMAL_LOAD) / (1 - NORMAL_LOAD));
  const spread = 0.8 + random() * 0.4;
  if (wasHeld) return Math.round(excess * LOAD_PAUSE_MS * spread);
  return Math.round(baseInterval(activity, changedMs) * (1 + excess * LOAD_FACTOR) * spread);
}

function baseInterval(activity: Activity, changedMs: number): number {
  if (activity === 'active' && changedMs < CONVERSING_MS) return CONVERSING_INTERVAL_MS;
  if (activity === 'hidden' && changedMs >= QUIET_AFTER_MS) return QUIET_INTERVAL_MS;
  return INTERVAL_MS[activity];
}
