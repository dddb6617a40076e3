/** Runs one operation at a time for each key, in the order of the calls. */
export class KeyedMutex {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Runs `work` after all earlier operations of this key have ended, also when they failed. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = (this.last.get(key) ?? Promise.resolve()).then(work);
    const ended = done.catch(() => {});
    this.last.set(key, ended);
    try {
      return await done;
    } finally {
      if (this.last.get(key) === ended) this.last.delete(key);
    }
  }
}
