import type { Id } from '../../../../chat-core/src/wire.ts';
import type { Bubble } from '../../state/views.ts';

/** A message and how far below the upper edge it ends, in pixels. */
type Place = { seq: number; bottom: number };
type Row = { node: HTMLElement; shown(): Bubble };

/** Of so many conversations the place is known; who was in others longer ago comes to their end. */
const MOST_PLACES = 50;
const places = new Map<Id, Place>();

/** Where somebody was reading in a conversation, for when they come back to it while the page is open. */
export function placeIn(conversationId: Id, scroller: HTMLElement, rows: () => Row[]) {
  const top = () => scroller.getBoundingClientRect().top;
  const bottomOf = ({ node }: Row) => node.getBoundingClientRect().bottom - top();

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
      places.set(conversationId, { seq, bottom: bottomOf(row) });
      const [oldest = ''] = places.keys();
      if (places.size > MOST_PLACES) places.delete(oldest);
    },
  };
}
