/** One statement of several writes (WITH), which the database gets in one message. No two may write to the same row. */
export class Statement {
  private readonly values: unknown[] = [];
  private readonly writes: string[] = [];

  /** The name of a value in the text. */
  param(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  add(write: string): void {
    this.writes.push(`w${this.writes.length} as (${write})`);
  }

  /** The statement with `last` after its writes. */
  build(last: string): { text: string; values: unknown[] } {
    return { text: `with ${this.writes.join(',\n')}\n${last}`, values: this.values };
  }
}
