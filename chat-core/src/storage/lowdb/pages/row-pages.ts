import type { Id } from '../../../wire/wire.ts';

/** How many rows share a page of users or of conversation headers. */
export const ROWS_A_PAGE = 64;

/** Which rows stand on which page, pages counted from 1: in the order they were made, and a row keeps its page for ever. */
export class RowPages {
  private readonly order: Id[] = [];
  private readonly places = new Map<Id, number>();
  /** Pages whose rows changed since they were written. */
  readonly changed = new Set<number>();

  /** A row is new, or another than it was. */
  change(id: Id): void {
    const place = this.places.get(id) ?? this.order.push(id) - 1;
    this.places.set(id, place);
    this.changed.add(Math.floor(place / ROWS_A_PAGE) + 1);
  }

  /** The rows of one page. */
  on(page: number): Id[] {
    return this.order.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE);
  }
}
