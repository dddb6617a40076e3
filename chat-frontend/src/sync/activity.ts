import type { Activity } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';

type Watcher = { onLook: () => void; onHide: () => void; onLeave: () => void };

/** A page that is visible and was not touched for so long is left alone by its person. */
const IDLE_MS = 5 * 60 * 1_000;
const TOUCHES = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;

/**
 * Whether somebody looks at this tab, and does something there. `onLook` also when the network is back, and at the first
 * touch after a while; `onLeave` when the page goes, perhaps into the browser's back-forward cache, from where it
 * returns with `onLook`.
 */
export function watchPresence(clock: Clock, { onLook, onHide, onLeave }: Watcher) {
  const ending = new AbortController();
  const { signal } = ending;
  let away = false;
  let touchedAt = clock.now();

  function activity(): Activity {
    if (document.visibilityState !== 'visible') return 'hidden';
    return clock.now() - touchedAt >= IDLE_MS ? 'idle' : 'active';
  }

  function touch(): void {
    const idle = activity() === 'idle';
    touchedAt = clock.now();
    if (idle) look();
  }

  function look(): void {
    // A page that goes becomes hidden after it has left, and must not come back by that.
    if (away) return;
    if (document.visibilityState === 'visible') onLook();
    else onHide();
  }

  function turnTo(): void {
    touchedAt = clock.now();
    look();
  }

  function come(): void {
    away = false;
    turnTo();
  }

  function go(): void {
    away = true;
    onLeave();
  }

  return {
    activity,
    begin(): void {
      window.addEventListener('online', look, { signal });
      window.addEventListener('focus', turnTo, { signal });
      window.addEventListener('pageshow', come, { signal });
      window.addEventListener('pagehide', go, { signal });
      document.addEventListener('visibilitychange', turnTo, { signal });
      for (const kind of TOUCHES)
        document.addEventListener(kind, touch, { signal, capture: true, passive: true });
      look();
    },
    end: () => ending.abort(),
  };
}
