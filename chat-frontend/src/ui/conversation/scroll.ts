import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';

/** A reader within this distance of the end counts as being at the end (features §4.4). */
const NEAR_END_PX = 100;
/** The part of the height that is left to read messages when the unread ones do not fit below them. */
const CONTEXT = 1 / 4;
const HIGHLIGHT_MS = 2_000;

/** A bubble as the timeline shows it. */
export type BubbleView = { node: Element; shown(): Bubble };

/** A message of another person after `readSeq` that counts as unread: no system row, and of no one who is blocked. */
export const isUnreadBubble = ({ own, event, blocked, seq = 0 }: Bubble, readSeq: number): boolean =>
  !own && !event && !blocked && seq > readSeq;

/** The scroll position of the list of messages inside its scroller. */
export function createScroll(scroller: HTMLElement, list: HTMLElement) {
  const pixelsBelow = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const isAtEnd = () => pixelsBelow() <= NEAR_END_PX;

  function toEnd(): void {
    scroller.scrollTop = scroller.scrollHeight;
  }

  /** Scrolls to the end, but not past the first unread message after `readSeq` and the separator above it. */
  function toUnread(bubbles: readonly BubbleView[], readSeq: number): void {
    toEnd();
    const first = bubbles.find(({ shown }) => isUnreadBubble(shown(), readSeq))?.node;
    const separator = first?.previousElementSibling;
    const from = separator?.classList.contains('unread') ? separator : first;
    const above = from ? scroller.getBoundingClientRect().top - from.getBoundingClientRect().top : 0;
    if (above > 0) scroller.scrollTop -= above + scroller.clientHeight * CONTEXT;
  }

  /** Scrolls a row to the middle and highlights it for a moment. */
  function toHighlighted(row: HTMLElement): void {
    row.scrollIntoView({ block: 'center' });
    row.classList.add('row-highlighted');
    setTimeout(() => row.classList.remove('row-highlighted'), HIGHLIGHT_MS);
  }

  /**
   * Changes the list without moving what is being read: with `followEnd` a reader at the end stays there; elsewhere the
   * first visible message that is left stays where it was.
   */
  function preserve(followEnd: boolean, change: () => void): void {
    // An empty list has no position to preserve, and measuring it would force another layout.
    if (!list.firstElementChild) {
      change();
      if (followEnd && list.firstElementChild) toEnd();
      return;
    }
    const staysAtEnd = followEnd && isAtEnd();
    const before = staysAtEnd ? [] : visibleRows();
    change();
    if (staysAtEnd) toEnd();
    const anchor = before.find(({ row }) => row.isConnected);
    if (anchor) scroller.scrollTop += anchor.row.getBoundingClientRect().bottom - anchor.bottom;
  }

  /**
   * Messages only, since the heading of a day moves up when older messages of that day are added; by their lower edge,
   * since the gap above a message closes when another one of its run is added before it.
   */
  function visibleRows(): { row: Element; bottom: number }[] {
    const view = scroller.getBoundingClientRect();
    const rows = [...list.children].filter((row) => row.classList.contains('row'));
    const from = rows.findIndex((row) => row.getBoundingClientRect().bottom > view.top);
    const to = rows.findIndex((row, index) => index >= from && row.getBoundingClientRect().top > view.bottom);
    return rows
      .slice(Math.max(from, 0), to === -1 ? undefined : to)
      .map((row) => ({ row, bottom: row.getBoundingClientRect().bottom }));
  }

  /**
   * Stays at the end when the scroller changes size: a keyboard opens, the composer or a bar grows, the window turns.
   * The returned function does so at once; call it before measuring, or the change of size is taken for a scroll.
   */
  function stayAtEndOnResize(wasAtEnd: () => boolean): () => void {
    let size: string | undefined;
    function follow(): void {
      const before = size;
      size = `${scroller.clientWidth} ${scroller.clientHeight}`;
      if (before !== undefined && before !== size && wasAtEnd()) toEnd();
    }
    new ResizeObserver(follow).observe(scroller);
    return follow;
  }

  return {
    pixelsAbove: () => scroller.scrollTop,
    pixelsBelow,
    isAtEnd,
    /** The end of the list that is further away from the reader. */
    fartherSide: (): 'older' | 'newer' => (pixelsBelow() <= scroller.scrollTop ? 'older' : 'newer'),
    toEnd,
    toUnread,
    toHighlighted,
    preserve,
    stayAtEndOnResize,
  };
}

/** The first visible message, the distance of its lower edge from the top in pixels, and the newest seq then. */
type Position = { seq: number; bottom: number; lastSeq: number };

/** The positions of this many conversations are remembered; the others open at their end. */
const MAX_POSITIONS = 50;
/** After this many new messages the unread ones matter more than the position. */
const STALE_AFTER = 10;
const positions = new Map<Id, Position>();

/**
 * Remembers where a conversation was being read, for the next time it is opened in this page. `lastSeq` returns the seq
 * of its newest message.
 */
export function createScrollMemory(
  conversationId: Id,
  scroller: HTMLElement,
  { bubbles, lastSeq }: { bubbles: () => BubbleView[]; lastSeq: () => number },
) {
  const top = () => scroller.getBoundingClientRect().top;
  const bottomOf = ({ node }: BubbleView) => node.getBoundingClientRect().bottom - top();

  const savedLastSeq = positions.get(conversationId)?.lastSeq ?? 0;
  if (lastSeq() >= savedLastSeq + STALE_AFTER) positions.delete(conversationId);

  return {
    /** The message to which the conversation returns. */
    seq: positions.get(conversationId)?.seq,
    /** Returns whether there was a position to restore. */
    restore(): boolean {
      const position = positions.get(conversationId);
      const bubble = position && bubbles().find(({ shown }) => shown().seq === position.seq);
      if (bubble) scroller.scrollTop += bottomOf(bubble) - position.bottom;
      return bubble !== undefined;
    },
    /** A reader at the end returns to the end. */
    save(isAtEnd: boolean): void {
      positions.delete(conversationId);
      const bubble = isAtEnd ? undefined : bubbles().find((one) => bottomOf(one) > 0);
      const seq = bubble?.shown().seq;
      if (!bubble || seq === undefined) return;
      positions.set(conversationId, { seq, bottom: bottomOf(bubble), lastSeq: lastSeq() });
      const [oldest = ''] = positions.keys();
      if (positions.size > MAX_POSITIONS) positions.delete(oldest);
    },
  };
}
