/** A cache of the `max` most recently used values; a Map keeps its keys in the order of insertion. */
export class Lru<V> {
  readonly #values = new Map<string, V>();
  readonly #max: number;
  #newest: { key: string; value: V } | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#values.size;
  }

  /** The value of this key, created when it is not cached. */
  take(key: string, make: () => V): V {
    if (this.#newest?.key === key) return this.#newest.value;
    const value = this.#values.get(key) ?? make();
    this.#newest = { key, value };
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#max) break;
      this.#values.delete(oldest);
    }
    return value;
  }
}
