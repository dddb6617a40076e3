import type { Clock } from '../../clock.ts';
import type { I18n } from '../../i18n/i18n.ts';

/** Timers stop while the machine sleeps, so one timer until midnight is not enough. */
const CHECK_INTERVAL_MS = 60_000;

/**
 * Calls `draw` at once and whenever the calendar day or the time zone has changed, at midnight or once the page becomes
 * visible again: “today” and “yesterday” then mean other days.
 */
export function watchDayChange(clock: Clock, i18n: () => I18n, draw: () => void): void {
  const today = () => i18n().dayKey(clock.now());
  let shown = '';

  function check(): void {
    const zoneChanged = i18n().updateTimeZone();
    if (!zoneChanged && shown === today()) return;
    shown = today();
    draw();
  }

  function wait(): void {
    const now = clock.now();
    clock.after(Math.min(CHECK_INTERVAL_MS, new Date(now).setHours(24, 0, 0, 0) - now), () => {
      check();
      wait();
    });
  }

  check();
  wait();
  document.addEventListener('visibilitychange', check);
  window.addEventListener('pageshow', check);
}
