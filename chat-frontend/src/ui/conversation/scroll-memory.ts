import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';

/** A message, how far below the upper edge it ends, in pixels, and the newest message then. */
type Place = { seq: number; bottom: number; lastSeq: number };
type Row = { node: HTMLElement; shown(): Bubble };

/** Of so many conversations the place is known; who was in others longer ago comes to their end. */
const MAX_PLACES = 50;
/** After so many messages what is new counts more than the place. */
const STALE_AFTER = 10;
const places = new Map<Id, Place>();

/**
 * Where somebody was reading in a conversation, for when they come back to it while the page is open. `lastSeq` is of its
 * newest message.
 */
export function placeIn(
  conversationId: Id,
  scroller: HTMLElement,
  { rows, lastSeq }: { rows: () => Row[]; lastSeq: () => number },
) {
  const top = () => scroller.getBoundingClientRect().top;
  const bottomOf = ({ node }: Row) => node.getBoundingClientRect().bottom - top();

  const left = places.get(conversationId)?.lastSeq ?? 0;
  if (lastSeq() >= left + STALE_AFTER) places.delete(conversationId);

  return {
    seq: places.get(conversationId)?.seq,
    /** Whether it is there again. */
    restore(): boolean {
      const place = places.get(conversationId);
      const row = place && rows().find(({ shown }) => shown().seq === place.seq);
      if (row) scroller.scrollTop += bottomOf(row) - place.bottom;
      return row !== undefined;
    },
    /** Whoever leaves at the end comes back to the end. */
    leave(atEnd: boolean): void {
      places.delete(conversationId);
      const row = atEnd ? undefined : rows().find((one) => bottomOf(one) > 0);
      const seq = row?.shown().seq;
      if (!row || seq === undefined) return;
      places.set(conversationId, { seq, bottom: bottomOf(row), lastSeq: lastSeq() });
      const [oldest = ''] = places.keys();
      if (places.size > MAX_PLACES) places.delete(oldest);
    },
  };
}
