import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';

/** The first visible message, the distance of its lower edge from the top in pixels, and the newest seq then. */
type Position = { seq: number; bottom: number; lastSeq: number };
type BubbleView = { node: HTMLElement; shown(): Bubble };

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
