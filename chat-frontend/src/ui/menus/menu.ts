import { showDialog } from '../dialog.ts';
import { el } from '../el.ts';
import { type LazyIconName, lazyIcon } from '../lazy-icons.ts';
import { onTouch } from '../ui.ts';

export type MenuItem = { icon: LazyIconName; label: string; danger?: boolean; run: () => void };

const GAP_PX = 6;

/**
 * Opens a menu beside `opener`, and where there is room outside `avoided`, with a `note` above its items and what `above`
 * makes; on touch a sheet at the lower edge. Arrow keys move, Esc and a click outside close it,
 * and the browser returns the focus unless the chosen item moves it.
 */
export function openMenu(
  label: string,
  items: readonly MenuItem[],
  opener: Element,
  avoided?: Element,
  note = '',
  above?: (close: () => void) => HTMLElement | undefined,
): void {
  const buttons = items.map((item) =>
    el(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        class: `menu-item ${item.danger ? 'menu-danger' : ''}`,
        on: {
          // At once: what is typed before the event of the closing belongs to the chosen item.
          click: () => {
            dialog.close();
            item.run();
          },
        },
      },
      lazyIcon(item.icon),
      item.label,
    ),
  );
  const list = el('div', { class: 'menu-list', role: 'menu', 'aria-label': label }, ...buttons);
  const dialog = el(
    'dialog',
    { class: 'menu', 'aria-label': label, on: { click: onPress, keydown: onKey } },
    above?.(() => dialog.close()),
    note === '' ? undefined : el('p', { class: 'menu-note' }, note),
    list,
  );

  function onPress(event: MouseEvent): void {
    if (event.target === dialog) dialog.close();
  }

  function onKey(event: KeyboardEvent): void {
    const index = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const targets: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    buttons.at(target % buttons.length)?.focus();
  }

  showDialog(dialog, () => undefined);
  if (!onTouch()) placeBeside(dialog, opener.getBoundingClientRect(), avoided?.getBoundingClientRect());
  buttons[0]?.focus();
}

/**
 * On the free side of what is not to be covered, level with the opener; else below it, or above it without room below.
 * Always within the window.
 */
function placeBeside(dialog: HTMLElement, opener: DOMRect, avoided?: DOMRect): void {
  const { width, height } = dialog.getBoundingClientRect();
  const isLeft = opener.left + opener.width / 2 < innerWidth / 2;
  const sides = avoided ? [avoided.right + GAP_PX, avoided.left - GAP_PX - width] : [];
  const side = sides.find((left) => left >= GAP_PX && left + width <= innerWidth - GAP_PX);
  const edges = avoided ?? opener;
  const below = edges.bottom + GAP_PX;
  const beyond = below + height <= innerHeight - GAP_PX ? below : edges.top - height - GAP_PX;
  const within = (value: number, room: number) => Math.max(GAP_PX, Math.min(value, room - GAP_PX));
  dialog.style.top = `${within(side === undefined ? beyond : opener.top, innerHeight - height)}px`;
  dialog.style.left = `${within(side ?? (isLeft ? opener.left : opener.right - width), innerWidth - width)}px`;
}
