import { el } from './el.ts';
import { type LaterIconName, laterIcon } from './lazy-icons.ts';

/** A line of a card that leads somewhere. */
export function linkAction(name: LaterIconName, label: string | Node, href: string): HTMLAnchorElement {
  return el('a', { class: 'action', href }, laterIcon(name), label);
}

/** A line of a card that does something. */
export function buttonAction(
  name: LaterIconName,
  label: string,
  run: () => void,
  danger = false,
): HTMLButtonElement {
  const className = `action ${danger ? 'action-danger' : ''}`.trim();
  return el('button', { type: 'button', class: className, on: { click: run } }, laterIcon(name), label);
}
