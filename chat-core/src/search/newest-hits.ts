import { comparePositions, type Position } from './position.ts';
import type { FoundRow } from './text-block.ts';

/** Hits that are kept at most; those beyond the page wait for the next one. */
const MAX_KEPT = 512;

/** The newest rows that were found, newest first: those of a page, and some that the next one begins with. */
export class NewestHits {
  readonly rows: FoundRow[] = [];
  /** Rows of a page. */
  readonly max: number;
  /** Whether older ones were found, and are not kept. */
  hasDropped = false;

  constructor(max: number, rows: readonly FoundRow[] = []) {
    this.max = max;
    for (const row of rows) this.add(row);
  }

  add(row: FoundRow): void {
    const index = this.rows.findIndex((other) => comparePositions(other, row) < 0);
    this.rows.splice(index < 0 ? this.rows.length : index, 0, row);
    if (this.rows.length <= MAX_KEPT) return;
    this.rows.pop();
    this.hasDropped = true;
  }

  /** Whether a page of them is found, and none of it is older than this position. */
  areNewerThan(position: Position): boolean {
    const oldest = this.rows[this.max - 1];
    return oldest !== undefined && comparePositions(oldest, position) >= 0;
  }
}
