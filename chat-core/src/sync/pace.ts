/** While messages come, and while nothing happens (seed: 3 to 5 seconds). */
const LIVE_MS = 2000;
const QUIET_MS = 4000;

/** How long a client waits before its next poll, in milliseconds; spread by a tenth so that clients do not march in step. */
export function pollAfter(changed: boolean, random: () => number = Math.random): number {
  const base = changed ? LIVE_MS : QUIET_MS;
  return Math.round(base * (0.9 + random() * 0.2));
}
