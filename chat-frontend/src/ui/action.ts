import { el } from './el.ts';
import { type IconName, icon } from './icons.ts';

/** A line of a card that leads somewhere. */
export function linkAction(name: IconName, label: string | Node, href: string): HTMLAnchorElement {
  return el('a', { class: 'action', href }, icon(name), label);
}

/** A line of a card that does something. */
export function buttonAction(
  name: IconName,
  label: string,
  run: () => void,
  danger = false,
): HTMLButtonElement {
  const className = `action ${danger ? 'action-danger' : ''}`.trim();
  return el('button', { type: 'button', class: className, on: { click: run } }, icon(name), label);
}
