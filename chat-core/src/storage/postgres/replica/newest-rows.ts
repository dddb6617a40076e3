import type { Id } from '../../../wire/wire.ts';
import type { StoredMessage } from '../../store.ts';

/** Approximate limit of all rows in memory. */
const MAX_BYTES = 8 * 2 ** 20;
/** Rows of one conversation: those that polls and the next messages need. */
const MAX_ROWS = 32;
/** A place without its row. */
const PLACE_BYTES = 50;

/** `row`: absent when another core wrote it. */
type Place = { seq: number; rev: number; row: StoredMessage | undefined; bytes: number };
/** Of one conversation: the newest places, without a gap, in the order of their seqs. */
type Tail = { places: Place[]; bytes: number };

/**
 * The newest messages of the conversations that changed last, as of the commit that a core has applied. It holds the rows
 * of this core's own commits; of the others', whose records are without texts, it knows the place only, so that nothing in it
 * can be older than that commit.
 */
export class NewestRows {
  /** The conversation that has not changed for longest first. */
  private readonly tails = new Map<Id, Tail>();
  private readonly maxBytes: number;
  private bytes = 0;

  constructor(maxBytes: number = MAX_BYTES) {
    this.maxBytes = maxBytes;
  }

  /** A commit added this message; its row is not known yet. */
  add({ conversationId, seq, rev }: Pick<StoredMessage, 'conversationId' | 'seq' | 'rev'>): void {
    const known = this.tails.get(conversationId);
    if (known && known.places.at(-1)?.seq !== seq - 1) this.drop(conversationId);
    const tail = this.tails.get(conversationId) ?? { places: [], bytes: 0 };
    this.tails.delete(conversationId);
    this.tails.set(conversationId, tail);
    tail.places.push({ seq, rev, row: undefined, bytes: 0 });
    this.count(tail, PLACE_BYTES);
    if (tail.places.length > MAX_ROWS) this.count(tail, -PLACE_BYTES - (tail.places.shift()?.bytes ?? 0));
    this.evict();
  }

  /** A commit changed this message: the row from before is dropped. */
  change(row: Pick<StoredMessage, 'conversationId' | 'seq'>): void {
    this.setRow(row, undefined);
  }

  /** The whole row of a message, after the commit that wrote it was applied. */
  put(row: StoredMessage): void {
    this.setRow(row, row);
    this.evict();
  }

  /** Nothing of a conversation stays. */
  drop(conversationId: Id): void {
    const tail = this.tails.get(conversationId);
    if (!tail) return;
    this.tails.delete(conversationId);
    this.bytes -= tail.bytes;
  }

  /** The messages with `from` ≤ seq ≤ `to`; undefined unless all of them are here. */
  between(conversationId: Id, from: number, to: number): StoredMessage[] | undefined {
    const { places = [] } = this.tails.get(conversationId) ?? {};
    const start = from - (places[0]?.seq ?? Number.POSITIVE_INFINITY);
    if (start < 0 || start + to - from >= places.length) return undefined;
    const rows: StoredMessage[] = [];
    for (let index = start; index <= start + to - from; index++) {
      const row = places[index]?.row;
      if (!row) return undefined;
      rows.push(row);
    }
    return rows;
  }

  /** The lowest seq whose revision is above `since`; one above the last if none is; undefined when it may be an older message. */
  firstAfter(conversationId: Id, since: number): number | undefined {
    const { places = [] } = this.tails.get(conversationId) ?? {};
    const [oldest] = places;
    if (!oldest || (oldest.rev > since && oldest.seq > 1)) return undefined;
    // Revisions ascend with seq.
    const first = places.find(({ rev }) => rev > since);
    return first?.seq ?? (places.at(-1)?.seq ?? 0) + 1;
  }

  private setRow(
    { conversationId, seq }: Pick<StoredMessage, 'conversationId' | 'seq'>,
    row: StoredMessage | undefined,
  ): void {
    const tail = this.tails.get(conversationId);
    const place = tail?.places[seq - (tail.places[0]?.seq ?? 0)];
    if (!tail || !place) return;
    const bytes = row ? bytesOf(row) : 0;
    this.count(tail, bytes - place.bytes);
    place.row = row;
    place.bytes = bytes;
  }

  private count(tail: Tail, bytes: number): void {
    tail.bytes += bytes;
    this.bytes += bytes;
  }

  private evict(): void {
    for (const id of this.tails.keys()) {
      if (this.bytes <= this.maxBytes) return;
      this.drop(id);
    }
  }
}

/** The approximate size of a row in memory. */
function bytesOf({ content, attachments = [], reactions, poll }: StoredMessage): number {
  const sealed = [...attachments.map(({ metadata }) => metadata), reactions ?? [], poll?.votes ?? []].flat();
  return sealed.reduce((sum, one) => sum + one.content.length + 400, content.length + 500);
}
