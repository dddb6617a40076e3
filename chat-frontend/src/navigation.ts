/** The number of earlier pages that are remembered. */
const MAX_STEPS = 50;

/** The hashes of the pages directly before the current history entry, oldest first. */
export const pagesBefore = ({ state }: History): string[] | undefined =>
  (state as { before?: string[] } | null)?.before;

/**
 * Stores with each history entry which pages precede it, so that a back button of the page can go back in the history
 * (`ui/way-back.ts`). The returned function is called when a page is shown: `hash` may differ from that of the URL.
 */
export function trackHistory({ history, location }: Pick<Window, 'history' | 'location'>) {
  let trail: string[] = [];
  return (hash: string): void => {
    const known = pagesBefore(history);
    const before = known ?? trail.slice(-MAX_STEPS);
    trail = [...before, hash];
    if (!known || hash !== location.hash) history.replaceState({ before }, '', hash);
  };
}
