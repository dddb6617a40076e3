import type { Warn } from '../disk/disk.ts';
import type { Tails } from './checkpoint.ts';
import type { CommitLog } from './commit-log.ts';
import { type Schedule, SecureErase } from './secure-erase.ts';
import { type SnapshotHold, SnapshotHolds } from './snapshot-holds.ts';

/** Number of journal files since the last checkpoint that start the next one: 8 MB. */
const CHECKPOINT_FILES = 2;
/** From this number of files on, commits wait for the checkpoint: 32 MB. */
const MAX_FILES = 8;
/** From this number of files on, holds are ended: 64 MB. */
const MAX_HELD_FILES = 16;

/** Starts checkpoints: when the journal has grown, to erase content, and on request, but not during a hold. */
export class Maintenance {
  private readonly commitLog: CommitLog;
  private readonly warn: Warn;
  private readonly holds = new SnapshotHolds();
  private readonly checkpoints: CheckpointScheduler;
  private readonly secureErase: SecureErase;

  constructor(commitLog: CommitLog, warn: Warn, schedule?: Schedule) {
    this.commitLog = commitLog;
    this.warn = warn;
    this.checkpoints = new CheckpointScheduler(this.holds, (tails) => this.write(tails));
    this.secureErase = new SecureErase(() => this.checkpointInBackground('all'), schedule);
  }

  /** Called before a commit: starts a checkpoint if the journal has grown, and resolves when there is room. */
  async makeRoom(): Promise<void> {
    const files = this.commitLog.filesSinceCheckpoint();
    if (files >= MAX_HELD_FILES) this.holds.endAll();
    if (files >= CHECKPOINT_FILES && !this.checkpoints.isRunning && !this.holds.any)
      this.checkpointInBackground('old');
    if (files >= MAX_FILES) await this.checkpoints.settled();
  }

  /** Requests that content replaced `ago` milliseconds before now be erased from the disk. */
  requestErase(ago = 0): void {
    this.secureErase.request(ago);
  }

  checkpoint(tails: Tails): Promise<void> {
    return this.checkpoints.run(tails);
  }

  async hold(onLost: () => void): Promise<SnapshotHold> {
    const hold = this.holds.add(onLost);
    await this.checkpoints.settled();
    hold.revision = this.commitLog.revision;
    return hold;
  }

  /** Ends all holds, and resolves when no checkpoint is running. */
  async close(): Promise<void> {
    this.holds.endAll();
    this.secureErase.close();
    await this.checkpoints.idle();
  }

  private async write(tails: Tails): Promise<void> {
    const erase = this.secureErase.take();
    try {
      await this.commitLog.checkpoint(tails, { erase });
    } catch (error) {
      if (erase) this.secureErase.failed();
      throw error;
    }
  }

  private checkpointInBackground(tails: Tails): void {
    this.checkpoints.run(tails).catch((error: Error) => {
      this.warn('a checkpoint failed', { error: error.message });
    });
  }
}

type Postponed = { tails: Tails; done: Promise<void> };

/** Runs checkpoints one at a time, and none during a hold. */
export class CheckpointScheduler {
  private readonly holds: SnapshotHolds;
  private readonly write: (tails: Tails) => Promise<void>;
  private running: Promise<void> | undefined;
  private postponed: Postponed | undefined;

  /** `write` writes one checkpoint. */
  constructor(holds: SnapshotHolds, write: (tails: Tails) => Promise<void>) {
    this.holds = holds;
    this.write = write;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Resolves after a checkpoint that writes at least these tails. During a hold all callers share a postponed one. */
  run(tails: Tails): Promise<void> {
    if (this.holds.any) return this.postpone(tails);
    // The running checkpoint may write fewer tails.
    if (this.running && tails === 'all') return this.settled().then(() => this.run(tails));
    this.running ??= this.write(tails).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Resolves when the running checkpoint has ended, also when it failed. */
  async settled(): Promise<void> {
    await this.running?.catch(() => {});
  }

  /** Resolves when no checkpoint is running or postponed. */
  async idle(): Promise<void> {
    await this.postponed?.done.catch(() => {});
    await this.settled();
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
