import { onHold } from './touch.ts';

/**
 * Opens the menu of a row: by its button, or by a long press, a right click or the menu key upon its bubble. The list
 * listens for all of its rows.
 */
export function opensMenus(list: HTMLElement, openerOf: (row: Element) => (() => void) | undefined): void {
  const find = (part: string) => (target: EventTarget | null) => {
    const row = target instanceof Element ? target.closest(part)?.closest('.row') : undefined;
    return row ? openerOf(row) : undefined;
  };
  onHold(list, find('.bubble-line'));
  list.addEventListener('click', ({ target }) => find('.bubble-more')(target)?.());
}
