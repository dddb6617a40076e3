import type { Tails } from './checkpoint.ts';
import type { SnapshotHolds } from './snapshot-holds.ts';

type Postponed = { tails: Tails; done: Promise<void> };

/** Runs checkpoints one at a time, and none while there is a hold. */
export class CheckpointScheduler {
  private readonly holds: SnapshotHolds;
  private readonly write: (tails: Tails) => Promise<void>;
  private running: Promise<void> | undefined;
  private postponed: Postponed | undefined;

  /** `write` makes one checkpoint. */
  constructor(holds: SnapshotHolds, write: (tails: Tails) => Promise<void>) {
    this.holds = holds;
    this.write = write;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Ends when a checkpoint that writes at least these tails has. While there is a hold, one waits for all who ask. */
  run(tails: Tails): Promise<void> {
    if (this.holds.any) return this.postpone(tails);
    // One that is under way need not write what is asked for here.
    if (this.running && tails === 'all') return this.underWay().then(() => this.run(tails));
    this.running ??= this.write(tails).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Ends when the one under way has, however. */
  async underWay(): Promise<void> {
    await this.running?.catch(() => {});
  }

  /** Ends when none is under way or postponed. */
  async idle(): Promise<void> {
    await this.postponed?.done.catch(() => {});
    await this.underWay();
  }

  private postpone(tails: Tails): Promise<void> {
    if (this.postponed) {
      if (tails === 'all') this.postponed.tails = tails;
      return this.postponed.done;
    }
    const own: Postponed = {
      tails,
      done: this.holds.ended().then(() => {
        this.postponed = undefined;
        return this.run(own.tails);
      }),
    };
    this.postponed = own;
    return own.done;
  }
}
