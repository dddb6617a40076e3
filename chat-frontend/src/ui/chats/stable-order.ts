import type { Cancel, Clock } from '../../clock.ts';

/** The order is held this long after the last movement of the pointer or the focus (features §4.5). */
const HOLD_MS = 1_000;

/**
 * Holds the shown order of rows while a person is about to choose one: until the mouse or the focus has not moved for a
 * second. Then `onRelease` is called, and the next call sorts again. New rows come last meanwhile.
 */
export function stableOrder<Row extends { id: string }>(
  list: HTMLElement,
  clock: Clock,
  onRelease: () => void,
) {
  let order: string[] = [];
  let holding: Cancel | undefined;

  function hold(): void {
    holding?.();
    holding = clock.after(HOLD_MS, release);
  }

  function release(): void {
    holding?.();
    holding = undefined;
    onRelease();
  }

  list.addEventListener('pointermove', ({ pointerType }) => pointerType === 'mouse' && hold());
  list.addEventListener('pointerleave', () => holding && release());
  list.addEventListener('focusin', hold);

  return (rows: readonly Row[]): Row[] => {
    const indexes = new Map(holding ? order.map((id, index) => [id, index]) : []);
    const indexOf = ({ id }: Row) => indexes.get(id) ?? indexes.size;
    const shown = [...rows].sort((a, b) => indexOf(a) - indexOf(b));
    order = shown.map(({ id }) => id);
    return shown;
  };
}
