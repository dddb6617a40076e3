import type { Tails } from './checkpoint.ts';
import { CheckpointScheduler } from './checkpoints.ts';
import type { CommitLog } from './commit-log.ts';
import { type Schedule, SecureErase } from './secure-erase.ts';
import { type SnapshotHold, SnapshotHolds } from './snapshot-holds.ts';

/** Told what a person who runs the box should know. */
export type Warn = (message: string, details: object) => void;

/** So many journal files since the last checkpoint bring the next: 8 MB. */
const CHECKPOINT_FILES = 2;
/** Beyond so many, senders wait until it has caught up: 32 MB. */
const MAX_FILES = 8;
/** Beyond so many a hold is lost: 64 MB. */
const MAX_HELD_FILES = 16;

/** When checkpoints come: as the journal grows, after an erasing, on command, and not while there is a hold. */
export class Maintenance {
  private readonly durable: CommitLog;
  private readonly warn: Warn;
  private readonly holds = new SnapshotHolds();
  private readonly checkpoints: CheckpointScheduler;
  private readonly erasure: SecureErase;

  constructor(durable: CommitLog, warn: Warn, later?: Schedule) {
    this.durable = durable;
    this.warn = warn;
    this.checkpoints = new CheckpointScheduler(this.holds, (tails) => this.write(tails));
    this.erasure = new SecureErase(() => this.soon('all'), later);
  }

  /** Before a commit: brings a checkpoint where the journal has grown, and ends when there is room for more. */
  async makeRoom(): Promise<void> {
    const behind = this.durable.filesBehind();
    if (behind >= MAX_HELD_FILES) this.holds.lose();
    if (behind >= CHECKPOINT_FILES && !this.checkpoints.isRunning && !this.holds.any) this.soon('old');
    if (behind >= MAX_FILES) await this.checkpoints.underWay();
  }

  /** Some content was replaced, `ago` milliseconds before now, and is to be gone from the disk. */
  wantErased(ago = 0): void {
    this.erasure.want(ago);
  }

  checkpoint(tails: Tails): Promise<void> {
    return this.checkpoints.run(tails);
  }

  async hold(onLost: () => void): Promise<SnapshotHold> {
    const hold = this.holds.add(onLost);
    await this.checkpoints.underWay();
    hold.revision = this.durable.revision;
    return hold;
  }

  /** Ends all holds, and ends when no checkpoint is under way. */
  async close(): Promise<void> {
    this.holds.lose();
    this.erasure.close();
    await this.checkpoints.idle();
  }

  private async write(tails: Tails): Promise<void> {
    const erase = this.erasure.take();
    try {
      await this.durable.checkpoint(tails, { erase });
    } catch (error) {
      if (erase) this.erasure.failed();
      throw error;
    }
  }

  private soon(tails: Tails): void {
    this.checkpoints.run(tails).catch((error: Error) => {
      this.warn('a checkpoint failed', { error: error.message });
    });
  }
}
