import { listenToLongPresses } from '../lazy.ts';

/**
 * Opens the menu of a row of a list by a long press, a right click or the menu key. The list listens for all of its rows:
 * `openerAt` returns what opens the menu of the row of a target. Where `isNative`, the browser's own menu opens.
 */
export function listenForMenus(
  list: HTMLElement,
  openerAt: (target: EventTarget | null) => (() => void) | undefined,
  isNative: (target: EventTarget | null) => boolean = () => false,
): void {
  listenToLongPresses(list, openerAt);
  list.addEventListener('contextmenu', (event) => {
    const open = isNative(event.target) ? undefined : openerAt(event.target);
    if (!open) return;
    event.preventDefault();
    open();
  });
}
