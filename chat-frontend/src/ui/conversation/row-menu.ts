import { listenToHolds } from '../lazy.ts';

/** There the browser's own menu opens, copies, saves and corrects. */
const NATIVE = 'a[href], img, input, textarea';

/**
 * Opens the menu of a row: by its button, or by a long press, a right click or the menu key upon its bubble. The list
 * listens for all of its rows. Where text is marked, and on a link, a right click has the browser's own menu.
 */
export function opensMenus(list: HTMLElement, openerOf: (row: Element) => (() => void) | undefined): void {
  const find = (part: string) => (target: EventTarget | null) => {
    const row = target instanceof Element ? target.closest(part)?.closest('.row') : undefined;
    return row ? openerOf(row) : undefined;
  };
  const openerAt = find('.bubble-line');
  listenToHolds(list, openerAt);
  list.addEventListener('contextmenu', (event) => {
    const { target } = event;
    const isNative = target instanceof Element && target.closest(NATIVE);
    const open = getSelection()?.isCollapsed === false || isNative ? undefined : openerAt(target);
    if (!open) return;
    event.preventDefault();
    open();
  });
  list.addEventListener('click', ({ target }) => find('.bubble-more')(target)?.());
}
