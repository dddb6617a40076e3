import type { Cancel, Clock } from '../../clock.ts';

/** What is seen of a conversation counts as read when it was looked at for so long (features §4.5). */
const DWELL_MS = 1_500;

/**
 * Whether somebody looks, and has done so for a while. `look` says how it is now; `onSettled` is told when the while is
 * over, and not if the look was taken away in between.
 */
export function createAttention(clock: Clock, onSettled: () => void) {
  let pending: Cancel | undefined;
  let settled = false;

  function away(): void {
    pending?.();
    pending = undefined;
    settled = false;
  }

  return {
    /** Answers whether it has lasted. */
    look(looking: boolean): boolean {
      if (!looking) away();
      else if (!settled) {
        pending ??= clock.after(DWELL_MS, () => {
          pending = undefined;
          settled = true;
          onSettled();
        });
      }
      return settled;
    },
    close: away,
  };
}
