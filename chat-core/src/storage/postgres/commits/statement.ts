import type { Stamp } from '../../../clock.ts';

/** The commit after which a statement may be written without the lock of the row of the box. */
export type Expected = Stamp & { epoch: string; revision: number };

/** The text of a statement, and its values. `name`: under which a connection keeps it prepared. */
export type Prepared = { name?: string; text: string; values: unknown[] };

/**
 * One statement of several writes (WITH), which the database gets in one message. No two may write to the same row. With a guard
 * nothing is written, by any of them, unless that writes its row.
 */
export class Statement {
  private readonly values: unknown[] = [];
  private readonly writes: string[] = [];
  private guard = '';

  /** The name of a value in the text. */
  param(value: unknown): string {
    this.values.push(value);
    const name = `$${this.values.length}`;
    // Without the row of the guard this is NULL, which has no elements to write.
    return this.guard && Array.isArray(value) ? `(select ${name}::text from guard)` : name;
  }

  /** Writes one row, or none, before anything else is written. */
  guardBy(write: string): void {
    this.guard = `guard as (${write} returning 1)`;
  }

  /** @throws Error when a statement with a guard would write whether that has written or not */
  add(write: string): void {
    if (this.guard && !write.includes(' from guard)'))
      throw new Error('a write beside a guard takes its rows from it: it needs lists of values');
    this.writes.push(`w${this.writes.length} as (${write})`);
  }

  /** The statement with `last` after its writes; with a guard it has a row of `last` if it has written. */
  build(last: string): Prepared {
    const parts = [...(this.guard ? [this.guard] : []), ...this.writes];
    const text = `with ${parts.join(',\n')}\n${last}${this.guard && ' from guard'}`;
    return { ...nameOf(text), text, values: this.values };
  }
}

/** A statement is prepared when it has been seen so often; each connection keeps at most so many. */
const OFTEN = 3;
const MAX_PREPARED = 32;
const seen = new Map<string, { count: number; name?: string }>();
let prepared = 0;

/** Statements differ only by which rows they write, so a few texts are most of them. To plan one takes as long as to run it. */
function nameOf(text: string): { name?: string } {
  const known = seen.get(text) ?? { count: 0 };
  if (known.count === 0 && seen.size >= 10 * MAX_PREPARED) return {};
  seen.set(text, known);
  known.count += 1;
  if (known.name === undefined && known.count > OFTEN && prepared < MAX_PREPARED) {
    prepared += 1;
    known.name = `write ${prepared}`;
  }
  return known.name === undefined ? {} : { name: known.name };
}
