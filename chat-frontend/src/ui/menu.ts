import { showDialog } from './dialog.ts';
import { el } from './el.ts';
import { type LazyIconName, lazyIcon } from './lazy-icons.ts';
import { onTouch } from './ui.ts';

export type MenuItem = { icon: LazyIconName; label: string; danger?: boolean; run: () => void };

const GAP_PX = 6;

/**
 * Opens a menu beside `opener`; on touch a sheet at the lower edge. Arrow keys move, Esc and a click outside close it,
 * and the browser returns the focus unless the chosen item moves it.
 */
export function openMenu(label: string, items: readonly MenuItem[], opener: Element): void {
  let chosen: MenuItem | undefined;
  const buttons = items.map((item) =>
    el(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        class: `menu-item ${item.danger ? 'menu-danger' : ''}`,
        on: {
          click: () => {
            chosen = item;
            dialog.close();
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

  showDialog(dialog, () => chosen?.run());
  if (!onTouch()) placeBeside(dialog, opener.getBoundingClientRect());
  buttons[0]?.focus();
}

/** Below the opener, or above it without room below; always within the window. */
function placeBeside(dialog: HTMLElement, opener: DOMRect): void {
  const { width, height } = dialog.getBoundingClientRect();
  const below = opener.bottom + GAP_PX;
  const top = below + height <= innerHeight - GAP_PX ? below : opener.top - height - GAP_PX;
  const left = opener.left + opener.width / 2 < innerWidth / 2 ? opener.left : opener.right - width;
  const within = (value: number, room: number) => Math.max(GAP_PX, Math.min(value, room - GAP_PX));
  dialog.style.top = `${within(top, innerHeight - height)}px`;
  dialog.style.left = `${within(left, innerWidth - width)}px`;
}
