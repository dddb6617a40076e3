import type { Activity } from '../wire/wire.ts';

/** Milliseconds between two polls (seed: 3 to 5 seconds while somebody looks). */
const LIVE_MS = 2000;
const PACE_MS: Record<Activity, number> = { active: 4000, idle: 15_000, hidden: 60_000 };
/**
 * For a hidden page to whom nothing has come for a while: a browser's poll takes some 1,060 bytes both ways, and a day
 * behind another window is to cost less than 0.6 MB of somebody's data.
 */
const QUIET_MS = 180_000;
const QUIET_AFTER_MS = 10 * 60 * 1000;
/** An exchange is live so long after its last change. */
const LIVE_FOR_MS = 30_000;
/** Up to here the box is at ease and a poll that was held is asked again at once. */
const EASE = 0.3;
/** A box with all it can do asks for polls so many times as far apart. */
const STRETCH = 4;
const STRAINED_MS = 2000;

/** How things stand for a poll that is answered; `changedMs` is the time since the last change for this person. */
export type Standing = { activity: Activity; changedMs: number; held: boolean; pressure: number };

/** How long a client waits before its next poll, in milliseconds, spread by a fifth so that clients do not march in step. */
export function pollAfter(standing: Standing, random: () => number = Math.random): number {
  const { activity, changedMs, held, pressure } = standing;
  const strain = Math.max(0, (Math.min(pressure, 1) - EASE) / (1 - EASE));
  const spread = 0.8 + random() * 0.4;
  if (held) return Math.round(strain * STRAINED_MS * spread);
  return Math.round(calmPace(activity, changedMs) * (1 + strain * STRETCH) * spread);
}

function calmPace(activity: Activity, changedMs: number): number {
  if (activity === 'active' && changedMs < LIVE_FOR_MS) return LIVE_MS;
  if (activity === 'hidden' && changedMs >= QUIET_AFTER_MS) return QUIET_MS;
  return PACE_MS[activity];
}
