import type { Cancel, Clock } from '../../clock.ts';

/** A row under the pointer, or with the focus, stays where it is for so long (features §4.5). */
const STILL_MS = 1_000;

/**
 * Keeps rows in the order they were shown in while somebody is about to choose one: until the pointer, or the focus, has
 * rested for a second. `settle` is called when they may take their places. Rows that are new meanwhile come last.
 */
export function stableOrder<Row extends { id: string }>(list: HTMLElement, clock: Clock, settle: () => void) {
  let order: string[] = [];
  let resting: Cancel | undefined;

  function choose(): void {
    resting?.();
    resting = clock.after(STILL_MS, leave);
  }

  function leave(): void {
    resting?.();
    resting = undefined;
    settle();
  }

  list.addEventListener('pointermove', ({ pointerType }) => pointerType === 'mouse' && choose());
  list.addEventListener('pointerleave', () => resting && leave());
  list.addEventListener('focusin', choose);

  return (rows: readonly Row[]): Row[] => {
    const place = new Map(resting ? order.map((id, at) => [id, at]) : []);
    const at = ({ id }: Row) => place.get(id) ?? place.size;
    const shown = [...rows].sort((a, b) => at(a) - at(b));
    order = shown.map(({ id }) => id);
    return shown;
  };
}
