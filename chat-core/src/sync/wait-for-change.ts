import type { Unpaced } from './delta.ts';
import type { Place } from './long-polls.ts';

/** A look at what has changed: undefined when nothing has. */
export type Look = () => Promise<Unpaced | undefined> | undefined;

/**
 * Looks, and looks again at each change until there is something to tell, `waitMs` is over or the place is left. The
 * place was taken before the first look: what changes in between wakes it.
 */
export async function pollHeld(
  look: Look,
  place: Place,
  waitMs: number,
  hold: <T>(waiting: Promise<T>) => Promise<T>,
): Promise<Unpaced | undefined> {
  const until = performance.now() + waitMs;
  try {
    for (;;) {
      const delta = await look();
      const left = until - performance.now();
      if (delta || left <= 0 || place.left) return delta;
      await hold(place.change(left));
      if (place.left) return undefined;
    }
  } finally {
    place.leave();
  }
}
