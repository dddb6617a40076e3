import type { Activity } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';

type Handlers = { onVisible: () => void; onHidden: () => void; onPageHide: () => void };

/** A visible page without input for this long is idle. */
const IDLE_MS = 5 * 60 * 1_000;
const INPUT_EVENTS = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;

/**
 * Whether this tab is visible and in use. `onVisible` is also called when the network is back and at the first input
 * after idling; `onPageHide` when the page unloads, perhaps into the back-forward cache, from which it returns with
 * `onVisible`.
 */
export function createActivity(clock: Clock) {
  const closing = new AbortController();
  const { signal } = closing;
  let isUnloaded = false;
  let inputAt = clock.now();

  function now(): Activity {
    if (document.visibilityState !== 'visible') return 'hidden';
    return clock.now() - inputAt >= IDLE_MS ? 'idle' : 'active';
  }

  return {
    now,
    start({ onVisible, onHidden, onPageHide }: Handlers): void {
      function report(): void {
        // An unloading page becomes hidden after `pagehide`; that must not bring it back.
        if (isUnloaded) return;
        if (document.visibilityState === 'visible') onVisible();
        else onHidden();
      }
      function onInput(): void {
        const wasIdle = now() === 'idle';
        inputAt = clock.now();
        if (wasIdle) report();
      }
      function onReturn(): void {
        inputAt = clock.now();
        report();
      }
      function onPageShow(): void {
        isUnloaded = false;
        onReturn();
      }
      function unload(): void {
        isUnloaded = true;
        onPageHide();
      }
      window.addEventListener('online', report, { signal });
      window.addEventListener('focus', onReturn, { signal });
      document.addEventListener('visibilitychange', onReturn, { signal });
      window.addEventListener('pageshow', onPageShow, { signal });
      window.addEventListener('pagehide', unload, { signal });
      for (const type of INPUT_EVENTS)
        document.addEventListener(type, onInput, { signal, capture: true, passive: true });
      report();
    },
    close: () => closing.abort(),
  };
}
