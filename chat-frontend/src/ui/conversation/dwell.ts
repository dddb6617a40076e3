import type { Cancel, Clock } from '../../clock.ts';
import type { BubbleView } from './scroll.ts';

/** Messages count as read once they have been in view for this long (features §4.5). */
const DWELL_MS = 1_500;
/** The edges of elements fall between pixels. */
const ROUNDING_PX = 1;

/** Whether a conversation has been viewed without interruption for DWELL_MS; `onDwelt` runs when that time is over. */
export function createDwell(clock: Clock, onDwelt: () => void) {
  let pending: Cancel | undefined;
  let hasDwelt = false;

  function stop(): void {
    pending?.();
    pending = undefined;
    hasDwelt = false;
  }

  return {
    /** Takes whether the conversation is viewed now; returns whether it has been for long enough. */
    update(isViewed: boolean): boolean {
      if (!isViewed) stop();
      else if (!hasDwelt) {
        pending ??= clock.after(DWELL_MS, () => {
          pending = undefined;
          hasDwelt = true;
          onDwelt();
        });
      }
      return hasDwelt;
    },
    close: stop,
  };
}

/**
 * The seq up to which messages are seen, from `readSeq` on: those that end in view or above it, and one that fills the
 * view. `isLast`: no stored message is shown after it.
 */
export function lastSeenIn(
  scroller: HTMLElement,
  bubbles: readonly BubbleView[],
  readSeq: number,
): { seq: number; isLast: boolean } {
  const view = scroller.getBoundingClientRect();
  const isSeen = ({ node }: BubbleView) => {
    const { top, bottom } = node.getBoundingClientRect();
    return bottom - ROUNDING_PX <= view.bottom || (top <= view.top && bottom >= view.bottom);
  };
  let seq = readSeq;
  for (const bubble of bubbles) {
    const { seq: next = 0 } = bubble.shown();
    if (next <= seq) continue;
    if (!isSeen(bubble)) return { seq, isLast: false };
    seq = next;
  }
  return { seq, isLast: true };
}
