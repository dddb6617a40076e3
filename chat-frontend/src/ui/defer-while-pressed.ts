import type { Cancel, Clock } from '../clock.ts';

/** On touch the click follows the release as an event of its own. */
const CLICK_DELAY_MS = 100;
/** For a release that is never reported, and for a long text selection. */
const MAX_DEFER_MS = 10_000;

/**
 * Returns a function that calls `draw`, but defers it between a press and its release: a browser fires a click only if
 * both hit the same element, so a row that moved in between would lose the click to another row.
 */
export function deferWhilePressed(target: Window, clock: Clock, draw: () => void): () => void {
  let pressed = false;
  let isDeferred = false;
  let timer: Cancel | undefined;

  function release(): void {
    timer?.();
    pressed = false;
    if (!isDeferred) return;
    isDeferred = false;
    draw();
  }

  function releaseAfter(ms: number): void {
    timer?.();
    timer = clock.after(ms, release);
  }

  target.addEventListener('pointerdown', ({ button, isPrimary }) => {
    if (button !== 0 || !isPrimary) return;
    pressed = true;
    releaseAfter(MAX_DEFER_MS);
  });
  // A press on a scrollbar has no release event: a mouse that moves without a button down was released.
  target.addEventListener('pointermove', ({ pointerType, buttons }) => {
    if (pressed && pointerType === 'mouse' && buttons === 0) release();
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    target.addEventListener(end, () => pressed && releaseAfter(CLICK_DELAY_MS));
  }
  // The target of the click is decided by now, so its effect may be drawn at once.
  target.addEventListener('click', () => pressed && release(), { capture: true });

  return () => {
    if (pressed) isDeferred = true;
    else draw();
  };
}
