/** A time in which pages and journal files stay as they are, but for lines that are added. */
export type SnapshotHold = {
  /** The newest revision that was durable when it began. */
  revision: number;
  release(): void;
};

/** The holds there are: while there is one, no checkpoint begins. */
export class SnapshotHolds {
  private readonly open = new Map<SnapshotHold, () => void>();
  private waiting: (() => void)[] = [];

  get any(): boolean {
    return this.open.size > 0;
  }

  /** Begins a hold; `onLost` is told when the store ends it by itself. */
  add(onLost: () => void): SnapshotHold {
    const hold: SnapshotHold = {
      revision: 0,
      release: () => {
        if (!this.open.delete(hold) || this.any) return;
        for (const go of this.waiting.splice(0)) go();
      },
    };
    this.open.set(hold, onLost);
    return hold;
  }

  /** Ends all of them. */
  lose(): void {
    for (const [hold, onLost] of [...this.open]) {
      hold.release();
      onLost();
    }
  }

  /** Ends when there is none. */
  async ended(): Promise<void> {
    if (this.any) await new Promise<void>((go) => this.waiting.push(go));
  }
}
