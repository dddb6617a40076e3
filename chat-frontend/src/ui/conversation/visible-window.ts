import type { Bubble } from '../../state/selectors.ts';

/**
 * Which messages have nodes in the page, by seq. An unbounded side also takes what is loaded there later; messages that
 * wait to be sent are shown where `to` is unbounded.
 */
export type VisibleWindow = { from: number; to: number };

/** The page shows at most this many messages (features §4.4); a window that exceeds it is trimmed to TRIMMED. */
export const MAX_MESSAGES = 300;
const TRIMMED = 260;
const PAGE_SIZE = 40;

export const UNBOUNDED: VisibleWindow = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** Whether each side is unbounded: every loaded message there is in the window. */
export const unboundedSides = ({ from, to }: VisibleWindow) => ({
  older: from === UNBOUNDED.from,
  newer: to === UNBOUNDED.to,
});

const seqOf = ({ seq = Number.POSITIVE_INFINITY }: Bubble) => seq;

export function bubblesWithin(all: readonly Bubble[], { from, to }: VisibleWindow): Bubble[] {
  return all.filter((bubble) => seqOf(bubble) >= from && seqOf(bubble) <= to);
}

/** The window with at most MAX_MESSAGES; `side` is the one away from the reader, where messages are taken out. */
export function trimWindow(
  all: readonly Bubble[],
  visible: VisibleWindow,
  side: 'older' | 'newer',
): VisibleWindow {
  const shown = bubblesWithin(all, visible);
  if (shown.length === 0) return all.length > 0 ? newestWindow(all) : visible;
  if (shown.length <= MAX_MESSAGES) return visible;
  return side === 'older'
    ? { ...visible, from: seqAt(shown, -TRIMMED) }
    : { ...visible, to: seqAt(shown, TRIMMED - 1) };
}

/** The newest messages, with those that wait to be sent. */
export const newestWindow = (all: readonly Bubble[]) => trimWindow(all, UNBOUNDED, 'older');

/** One page more on one side, trimmed on the other. */
export function extendWindow(
  all: readonly Bubble[],
  visible: VisibleWindow,
  side: 'older' | 'newer',
): VisibleWindow {
  const shown = bubblesWithin(all, visible);
  const first = shown[0] ? all.indexOf(shown[0]) - PAGE_SIZE : 0;
  const last = first + PAGE_SIZE + shown.length - 1 + PAGE_SIZE;
  return side === 'older'
    ? trimWindow(all, { ...visible, from: first > 0 ? seqAt(all, first) : UNBOUNDED.from }, 'newer')
    : trimWindow(all, { ...visible, to: last < all.length - 1 ? seqAt(all, last) : UNBOUNDED.to }, 'older');
}

/** The window itself if it has the message with this seq, else one with that message in the middle. */
export function windowAround(
  all: readonly Bubble[],
  visible: VisibleWindow,
  seq: number | undefined,
): VisibleWindow {
  if (seq === undefined) return visible;
  const index = all.findIndex((bubble) => bubble.seq === seq);
  if (index === -1 || (seq >= visible.from && seq <= visible.to)) return visible;
  const [first, last] = [index - TRIMMED / 2, index + TRIMMED / 2];
  return {
    from: first > 0 ? seqAt(all, first) : UNBOUNDED.from,
    to: last < all.length - 1 ? seqAt(all, last) : UNBOUNDED.to,
  };
}

function seqAt(bubbles: readonly Bubble[], index: number): number {
  const bubble = bubbles.at(index);
  return bubble ? seqOf(bubble) : Number.POSITIVE_INFINITY;
}
