import { el, setText } from './el.ts';

const HUES = 8;

/** A disc with the first letter of a name, in one of eight tints that stays the person's own. */
export function avatar(name: string, className = ''): HTMLElement {
  const node = el('span', { 'aria-hidden': 'true' });
  dressAvatar(node, name, className);
  return node;
}

export function dressAvatar(node: HTMLElement, name: string, className = ''): void {
  node.className = `avatar avatar-${hueOf(name)} ${className}`.trim();
  setText(node, initial(name));
}

function initial(name: string): string {
  return (Array.from(name)[0] ?? '').toLocaleUpperCase();
}

function hueOf(name: string): number {
  let sum = 7;
  for (const char of name.toLowerCase()) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}
