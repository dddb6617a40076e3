import { el, setText } from '../el.ts';
import type { Row } from './rows.ts';

/** What stands between bubbles. */
export function createLine(kind: 'day' | 'unread'): { node: HTMLElement; update: (row: Row) => void } {
  const text = el('span', {});
  const node = el('li', { class: kind }, text);
  return { node, update: (row) => row.kind !== 'bubble' && setText(text, row.text) };
}
