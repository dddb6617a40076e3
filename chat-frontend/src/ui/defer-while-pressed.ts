import type { Cancel, Clock } from '../clock.ts';

/** A finger's click comes after its release, as an event of its own. */
const CLICK_MS = 100;
/** A release that is never told, or somebody who marks text for long: then the page moves on. */
const MAX_MS = 10_000;

/**
 * `draw` as often as it is asked for, but never between a press and its release: a browser makes a click of the two only
 * where both met the same element, so a row that moved meanwhile would swallow the tap, or another would take it.
 */
export function deferWhilePressed(target: Window, clock: Clock, draw: () => void): () => void {
  let pressed = false;
  let missed = false;
  let timer: Cancel | undefined;

  function release(): void {
    timer?.();
    pressed = false;
    if (!missed) return;
    missed = false;
    draw();
  }

  function releaseAfter(ms: number): void {
    timer?.();
    timer = clock.after(ms, release);
  }

  target.addEventListener('pointerdown', ({ button, isPrimary }) => {
    if (button !== 0 || !isPrimary) return;
    pressed = true;
    releaseAfter(MAX_MS);
  });
  // A press upon a scrollbar has no release; what moves without a button has been released.
  target.addEventListener('pointermove', ({ pointerType, buttons }) => {
    if (pressed && pointerType === 'mouse' && buttons === 0) release();
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    target.addEventListener(end, () => pressed && releaseAfter(CLICK_MS));
  }
  // Whose click it is has been decided: what it does may be shown at once.
  target.addEventListener('click', () => pressed && release(), { capture: true });

  return () => {
    if (pressed) missed = true;
    else draw();
  };
}
