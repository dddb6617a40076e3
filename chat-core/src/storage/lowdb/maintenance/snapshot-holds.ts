/** A period in which pages and journal files do not change, except for appended records. */
export type SnapshotHold = {
  /** The newest durable revision at its start. */
  revision: number;
  release(): void;
};

/** The open holds. While there is one, no checkpoint starts. */
export class SnapshotHolds {
  private readonly open = new Map<SnapshotHold, () => void>();
  private waiting: (() => void)[] = [];

  get any(): boolean {
    return this.open.size > 0;
  }

  /** Begins a hold. `onLost` is called when the store ends it. */
  add(onLost: () => void): SnapshotHold {
    const hold: SnapshotHold = {
      revision: 0,
      release: () => {
        if (!this.open.delete(hold) || this.any) return;
        for (const resolve of this.waiting.splice(0)) resolve();
      },
    };
    this.open.set(hold, onLost);
    return hold;
  }

  /** Ends all holds. */
  endAll(): void {
    for (const [hold, onLost] of [...this.open]) {
      hold.release();
      onLost();
    }
  }

  /** Resolves when there is no hold. */
  async ended(): Promise<void> {
    if (this.any) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
