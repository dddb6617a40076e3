/** So many pages before the current one are remembered. */
const MAX_STEPS = 50;

/** The hashes of our pages directly before the current entry of the browser's history, oldest first. */
export const pagesBefore = ({ state }: History): string[] | undefined =>
  (state as { before?: string[] } | null)?.before;

/**
 * Keeps with each entry of the browser's history which of our pages lie before it, so that a way back within the page
 * can be one in the history (`ui/way-back.ts`). `arrive`: the current entry shows the page of this hash, perhaps instead
 * of the one that its address asked for.
 */
export function trackHistory({ history, location }: Pick<Window, 'history' | 'location'>) {
  let way: string[] = [];
  return (hash: string): void => {
    const known = pagesBefore(history);
    const before = known ?? way.slice(-MAX_STEPS);
    way = [...before, hash];
    if (!known || hash !== location.hash) history.replaceState({ before }, '', hash);
  };
}
