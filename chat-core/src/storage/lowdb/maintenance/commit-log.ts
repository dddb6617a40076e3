import type { Stamp } from '../../../clock.ts';
import type { CommittedChanges } from '../../writer.ts';
import type { Disk } from '../disk/disk.ts';
import { Mutex } from '../disk/mutex.ts';
import type { Journal } from '../journal/journal.ts';
import type { MessagePages } from '../pages/message-pages.ts';
import type { MetaFile } from '../pages/meta.ts';
import type { State } from '../state/state.ts';
import { type Tails, writePages } from './checkpoint.ts';
import type { Loaded } from './load.ts';

/** On a disk that is full each try may write megabytes of zeros, and strangers may ask whether all is well. */
const RETRY_MS = 10_000;

/** Where things stand on the disk: commits are added to the journal, and checkpoints put into pages what it holds. */
export class CommitLog {
  /** Number of durable commits, and when the newest was made. */
  revision: number;
  last: Stamp;
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly meta: MetaFile;
  private readonly state: State;
  private readonly journal: Journal;
  private readonly pages: MessagePages;
  private readonly mutex = new Mutex();
  private checkpointed: number;
  private hasFailed = false;
  private triedAt = Number.NEGATIVE_INFINITY;

  constructor(
    disk: Disk,
    folder: string,
    { meta, state, journal, revision, last }: Loaded,
    pages: MessagePages,
  ) {
    this.disk = disk;
    this.folder = folder;
    this.meta = meta;
    this.state = state;
    this.journal = journal;
    this.revision = revision;
    this.last = last;
    this.pages = pages;
    this.checkpointed = journal.starts().length;
  }

  /** Journal files since the last checkpoint. */
  filesBehind(): number {
    return this.journal.starts().length - this.checkpointed;
  }

  /** Makes a batch durable, and then visible. When it throws nothing has happened. */
  commit(batch: CommittedChanges[], stamp: Stamp): Promise<void> {
    return this.mutex.runExclusive(async () => {
      const durable = this.revision;
      const time = written(stamp);
      const lines = batch.map(({ revision, changes }) => ({ revision, durable, ...time, ...changes }));
      await this.noting(() => this.journal.append(lines));
      for (const { changes } of batch) this.state.apply(changes);
      this.revision += batch.length;
      this.last = stamp;
    });
  }

  /** Whether the last commit could be written; after one that could not, whether the next has a file to go to. */
  isWritable(): Promise<boolean> {
    if (!this.hasFailed) return Promise.resolve(true);
    if (performance.now() - this.triedAt < RETRY_MS) return Promise.resolve(false);
    this.triedAt = performance.now();
    const goOn = () => this.noting(() => this.journal.leaveFile(this.revision + 1));
    return this.mutex
      .runExclusive(() => (this.hasFailed ? goOn() : Promise.resolve()))
      .then(
        () => true,
        () => false,
      );
  }

  private async noting(write: () => Promise<void>): Promise<void> {
    this.hasFailed = true;
    await write();
    this.hasFailed = false;
  }

  /**
   * Writes into pages what can be written. To erase what was replaced, all goes into pages, commits go on in another
   * journal file, and those before it are wiped; cut off in between, the next start knows of it.
   */
  async checkpoint(tails: Tails, { erase }: { erase: boolean }): Promise<void> {
    const { disk, folder, journal, meta } = this;
    if (erase) {
      await journal.zeroFillSpare();
      await this.mutex.runExclusive(() => journal.leaveFile(this.revision + 1));
    }
    const reached = { revision: this.revision, ...written(this.last) };
    const starts = journal.starts();
    const needed = await writePages(disk, folder, this.state, this.pages, starts, erase ? 'all' : tails);
    const checkpoint = { ...reached, journal: needed };
    const { counts } = this.state;
    await meta.change({ checkpoint: { ...checkpoint, ...(erase && { erasing: true }) }, counts });
    await journal.release(needed, { erase });
    if (erase) await meta.change({ checkpoint });
    this.checkpointed = journal.starts().length;
  }
}

/** A stamp as it is written: the clock only where it differs. */
function written({ at, clock }: Stamp): { at: number; clock?: number } {
  return clock === at ? { at } : { at, clock };
}
