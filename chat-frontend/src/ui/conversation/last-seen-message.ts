import type { Bubble } from '../../state/selectors.ts';
import { toEnd } from './scroll.ts';

type Row = { node: Element; shown(): Bubble };

/** Edges fall between pixels. */
const ROUNDING_PX = 1;
/** Where what is unread comes to stand when it does not fit below: a part of the height, under what was read. */
const CONTEXT = 1 / 4;

export const isNews = ({ own, seq = 0 }: Bubble, read: number): boolean => !own && seq > read;

/** To the end, but not past the first message of others after `read`, with the line above it that sets it apart. */
export function toNews(scroller: HTMLElement, rows: readonly Row[], read: number): void {
  toEnd(scroller);
  const first = rows.find(({ shown }) => isNews(shown(), read))?.node;
  const line = first?.previousElementSibling;
  const from = line?.classList.contains('unread') ? line : first;
  const above = from ? scroller.getBoundingClientRect().top - from.getBoundingClientRect().top : 0;
  if (above > 0) scroller.scrollTop -= above + scroller.clientHeight * CONTEXT;
}

/**
 * The seq up to which messages were seen, from `read` on: those that end in view or above it, and one that fills the
 * view. `isLast`: nothing that is stored is shown after it.
 */
export function seenUpTo(
  scroller: HTMLElement,
  rows: readonly Row[],
  read: number,
): { seq: number; isLast: boolean } {
  const view = scroller.getBoundingClientRect();
  const isSeen = ({ node }: Row) => {
    const { top, bottom } = node.getBoundingClientRect();
    return bottom - ROUNDING_PX <= view.bottom || (top <= view.top && bottom >= view.bottom);
  };
  let seq = read;
  for (const row of rows) {
    const { seq: next = 0 } = row.shown();
    if (next <= seq) continue;
    if (!isSeen(row)) return { seq, isLast: false };
    seq = next;
  }
  return { seq, isLast: true };
}
