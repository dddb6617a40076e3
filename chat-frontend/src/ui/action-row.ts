import { el } from './el.ts';
import { type LazyIconName, lazyIcon } from './lazy-icons.ts';

/** A line of a card that leads somewhere. */
export function linkAction(name: LazyIconName, label: string | Node, href: string): HTMLAnchorElement {
  return el('a', { class: 'action', href }, lazyIcon(name), label);
}

/** A line of a card that does something. */
export function buttonAction(
  name: LazyIconName,
  label: string,
  run: () => void,
  danger = false,
): HTMLButtonElement {
  const className = `action ${danger ? 'action-danger' : ''}`.trim();
  return el('button', { type: 'button', class: className, on: { click: run } }, lazyIcon(name), label);
}
