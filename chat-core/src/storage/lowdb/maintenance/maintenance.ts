import type { Warn } from '../disk/disk.ts';
import type { Tails } from './checkpoint.ts';
import type { CommitLog } from './commit-log.ts';
import { type Schedule, SecureErase } from './secure-erase.ts';
import { type SnapshotHold, SnapshotHolds } from './snapshot-holds.ts';

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
