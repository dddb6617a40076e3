import type { Clock } from '../../clock.ts';
import type { I18n } from '../../i18n/i18n.ts';

/** Timers stand still while a machine sleeps. */
const CHECK_MS = 60_000;

/**
 * Calls `draw` at once, and when the calendar day or the time zone has become another, at midnight or once the page is
 * seen again: what is called today or yesterday is another day then.
 */
export function watchDayChange(clock: Clock, i18n: () => I18n, draw: () => void): void {
  const today = () => i18n().dayKey(clock.now());
  let shown = '';

  function check(): void {
    const moved = i18n().updateTimeZone();
    if (!moved && shown === today()) return;
    shown = today();
    draw();
  }

  function wait(): void {
    const now = clock.now();
    clock.after(Math.min(CHECK_MS, new Date(now).setHours(24, 0, 0, 0) - now), () => {
      check();
      wait();
    });
  }

  check();
  wait();
  document.addEventListener('visibilitychange', check);
  window.addEventListener('pageshow', check);
}
