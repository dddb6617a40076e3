import type { Stamp } from '../../../clock.ts';
import type { Position } from '../../rollback-counter.ts';
import type { CommittedChanges } from '../../writer.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { Mutex } from '../disk/mutex.ts';
import type { Journal } from '../journal/journal.ts';
import type { AttachmentFolder } from '../pages/attachment-folder.ts';
import type { MessagePages } from '../pages/message-pages.ts';
import type { MetaFile } from '../pages/meta.ts';
import type { State } from '../state/state.ts';
import { eraseDeletedGroups, type Tails, writePages } from './checkpoint.ts';
import type { FreeSpace } from './free-space.ts';
import type { Loaded } from './load.ts';
import { needsErase } from './replaced-content.ts';

/** Least time between two attempts: on a full disk each may write megabytes, and anyone may call the health check. */
const RETRY_MS = 10_000;

/** Writes to the disk: appends commits to the journal, and writes their rows to pages with checkpoints. */
export class CommitLog {
  /** Number of durable commits, and the time of the newest. */
  revision: number;
  last: Stamp;
  /** The code of the line of that revision; undefined while it is not known. */
  private code: string | undefined;
  private readonly disk: KeyedDisk;
  private readonly folder: string;
  private readonly meta: MetaFile;
  private readonly state: State;
  private readonly journal: Journal;
  private readonly pages: MessagePages;
  private readonly files: AttachmentFolder;
  private readonly space: FreeSpace;
  private readonly mutex = new Mutex();
  private checkpointed: number;
  private hasFailed = false;
  private lastAttemptAt = Number.NEGATIVE_INFINITY;

  constructor(
    disk: KeyedDisk,
    folder: string,
    { meta, state, journal, revision, code, last }: Loaded,
    pages: MessagePages,
    files: AttachmentFolder,
    space: FreeSpace,
  ) {
    this.disk = disk;
    this.folder = folder;
    this.meta = meta;
    this.state = state;
    this.journal = journal;
    this.revision = revision;
    this.last = last;
    this.code = code;
    this.pages = pages;
    this.files = files;
    this.space = space;
    journal.isDiskFull = () => space.isFull();
    this.checkpointed = journal.starts().length;
  }

  /** Journal files since the last checkpoint. */
  filesSinceCheckpoint(): number {
    return this.journal.starts().length - this.checkpointed;
  }

  /** The newest durable state; undefined while the code of its line is not known. */
  position(): Position | undefined {
    return this.code === undefined ? undefined : { revision: this.revision, code: this.code };
  }

  /**
   * Makes a batch durable, and then visible. When it throws, nothing has changed.
   * @returns the changes that leave something to be erased from the disk
   */
  commit(batch: CommittedChanges[], stamp: Stamp): Promise<CommittedChanges[]> {
    return this.mutex.runExclusive(async () => {
      const durable = this.revision;
      const time = stampFields(stamp);
      const records = batch.map(({ revision, changes }) => ({ revision, durable, ...time, ...changes }));
      const append = (isRepeat: boolean) => this.journal.append(records, isRepeat);
      await this.trackFailure(() => this.space.withReserve(append));
      const replacing: CommittedChanges[] = [];
      for (const one of batch) {
        if (needsErase(one.changes, this.state)) replacing.push(one);
        this.state.apply(one.changes);
      }
      this.revision += batch.length;
      if (batch.length > 0) this.code = this.journal.code();
      this.disk.authenticator.revision = this.revision;
      this.last = stamp;
      return replacing;
    });
  }

  /**
   * Whether there is room, and the last commit was written. If it failed: whether a new journal file can be started.
   */
  async isWritable(): Promise<boolean> {
    await this.space.check();
    if (!this.hasFailed) return !this.space.isFull();
    if (performance.now() - this.lastAttemptAt < RETRY_MS) return false;
    this.lastAttemptAt = performance.now();
    const rotate = () => this.trackFailure(() => this.journal.rotate(this.revision + 1));
    return this.mutex
      .runExclusive(() => (this.hasFailed ? rotate() : Promise.resolve()))
      .then(
        () => true,
        () => false,
      );
  }

  private async trackFailure(write: () => Promise<void>): Promise<void> {
    this.hasFailed = true;
    await write();
    this.hasFailed = false;
  }

  /**
   * Writes rows of the journal to pages. To erase replaced content, it writes all rows to pages, erases the pages of
   * deleted groups, continues the journal in a new file and zero-fills the older ones; meta.json records an unfinished
   * erase for the next start.
   */
  async checkpoint(tails: Tails, { erase }: { erase: boolean }): Promise<void> {
    const { disk, folder, journal, meta } = this;
    if (erase) {
      await journal.zeroFillSpare();
      await this.mutex.runExclusive(() => journal.rotate(this.revision + 1));
    }
    const reached = { revision: this.revision, ...stampFields(this.last) };
    const starts = journal.starts();
    const needed = await writePages(disk, folder, this.state, this.pages, starts, erase ? 'all' : tails);
    if (erase) await eraseDeletedGroups(this.state, this.pages, this.files);
    const checkpoint = { ...reached, journal: needed };
    const { counts } = this.state;
    const pagesNow = disk.authenticator.catalog();
    await meta.change({
      checkpoint: { ...checkpoint, ...(erase && { erasing: true }) },
      counts,
      pages: pagesNow,
    });
    await journal.release(needed, { erase });
    if (erase) await meta.change({ checkpoint });
    this.checkpointed = journal.starts().length;
  }
}

/** The stored fields of a stamp, without the clock if it equals `at`. */
function stampFields({ at, clock }: Stamp): { at: number; clock?: number } {
  return clock === at ? { at } : { at, clock };
}
