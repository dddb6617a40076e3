import type { Bubble } from '../../state/selectors.ts';

/** Which messages are in the page, by their seqs; what waits to be sent is there where `to` is without end. */
export type Span = { from: number; to: number };

/** So many messages are in the page at most (features §4.4); so many of them stay when it gets too many. */
export const MOST = 300;
const KEPT = 260;
const PAGE = 40;

export const EVERYTHING: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** Whether all that is held is there on each side, and more of it will be as it comes. */
export const isEndless = ({ from, to }: Span) => ({
  older: from === EVERYTHING.from,
  newer: to === EVERYTHING.to,
});

const seqOf = ({ seq = Number.POSITIVE_INFINITY }: Bubble) => seq;

export function within(all: readonly Bubble[], { from, to }: Span): Bubble[] {
  return all.filter((bubble) => seqOf(bubble) >= from && seqOf(bubble) <= to);
}

/** A span that is not too long: `far` is the side away from what is read, where messages are taken out. */
export function cut(all: readonly Bubble[], span: Span, far: 'older' | 'newer'): Span {
  const shown = within(all, span);
  if (shown.length === 0) return all.length > 0 ? newest(all) : span;
  if (shown.length <= MOST) return span;
  return far === 'older' ? { ...span, from: seqAt(shown, -KEPT) } : { ...span, to: seqAt(shown, KEPT - 1) };
}

/** The newest messages, with what waits to be sent. */
export const newest = (all: readonly Bubble[]) => cut(all, EVERYTHING, 'older');

/** One page more on one side, and what is then too much taken out on the other. */
export function widen(all: readonly Bubble[], span: Span, side: 'older' | 'newer'): Span {
  const shown = within(all, span);
  const first = shown[0] ? all.indexOf(shown[0]) - PAGE : 0;
  const last = first + PAGE + shown.length - 1 + PAGE;
  return side === 'older'
    ? cut(all, { ...span, from: first > 0 ? seqAt(all, first) : EVERYTHING.from }, 'newer')
    : cut(all, { ...span, to: last < all.length - 1 ? seqAt(all, last) : EVERYTHING.to }, 'older');
}

/** A span with a message in it that is to be shown. */
export function around(all: readonly Bubble[], span: Span, seq: number | undefined): Span {
  if (seq === undefined) return span;
  const at = all.findIndex((bubble) => bubble.seq === seq);
  if (at === -1 || (seq >= span.from && seq <= span.to)) return span;
  const [first, last] = [at - KEPT / 2, at + KEPT / 2];
  return {
    from: first > 0 ? seqAt(all, first) : EVERYTHING.from,
    to: last < all.length - 1 ? seqAt(all, last) : EVERYTHING.to,
  };
}

function seqAt(bubbles: readonly Bubble[], at: number): number {
  const bubble = bubbles.at(at);
  return bubble ? seqOf(bubble) : Number.POSITIVE_INFINITY;
}
