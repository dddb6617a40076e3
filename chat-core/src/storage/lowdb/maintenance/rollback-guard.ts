import { type Position, PositionRefused, type RollbackCounter } from '../../rollback-counter.ts';
import type { Warn } from '../disk/disk.ts';
import type { MetaFile } from '../pages/meta.ts';

/** The data are not the newest that the box wrote. The message is a sentence for the owner. */
export class RollbackError extends Error {
  override name = 'RollbackError';
}

/** With commits a position is reported after this time, or after so many lines, but not more often than once in MIN_PAUSE_MS. */
export type ReportTimes = { maxWaitMs: number; maxLines: number; minPauseMs: number };
const TIMES: ReportTimes = { maxWaitMs: 10 * 60_000, maxLines: 1000, minPauseMs: 60_000 };
/** While nothing could be compared yet, nothing is written: attempts cost little. */
const RETRY_MS = 10_000;
const MAX_CLOSE_MS = 2000;
const MAX_ENDED = 64;

export type RollbackOptions = {
  counter: RollbackCounter;
  /** Called once when a rollback is found after the start, because the counter was not available then. */
  onRollback: (error: RollbackError) => void;
  times?: ReportTimes;
};

/**
 * Compares the database with what the counter remembers, and reports its positions. A position is in meta.json, durably,
 * before it is reported: whatever the counter may have is listed there, so that a power cut is never taken for a rollback.
 * No commit waits for a report. A counter that is not available delays reports, and the comparison if it was not available
 * at the start.
 */
export class RollbackGuard {
  private readonly folder: string;
  private readonly meta: MetaFile;
  private readonly positionNow: () => Position | undefined;
  private readonly warn: Warn;
  private readonly options: RollbackOptions;
  private readonly times: ReportTimes;
  /** What the counter has; undefined until it was compared. */
  private remembered: Position | null | undefined;
  private lines = 0;
  private timer: { dueAt: number; handle: NodeJS.Timeout } | undefined;
  private lastAttemptAt = Number.NEGATIVE_INFINITY;
  private running: Promise<void> | undefined;
  private writing: Promise<void> | undefined;
  private hasWarned = false;
  private isClosing = false;
  private isClosed = false;

  constructor(
    folder: string,
    meta: MetaFile,
    position: () => Position | undefined,
    warn: Warn,
    options: RollbackOptions,
  ) {
    this.folder = folder;
    this.meta = meta;
    this.positionNow = position;
    this.warn = warn;
    this.options = options;
    this.times = options.times ?? TIMES;
  }

  /** Compares the database with the counter, if that is available. @throws RollbackError */
  async open(): Promise<void> {
    await this.compare().catch((error: Error) => {
      // cipher-service may start a little after the core: only the next attempt warns.
      if (error instanceof RollbackError) throw error;
    });
    this.schedule(this.remembered === undefined ? RETRY_MS : 0);
  }

  /** Called after a commit of so many lines. */
  committed(lines: number): void {
    this.lines += lines;
    this.schedule(this.lines >= this.times.maxLines ? 0 : this.times.maxWaitMs);
  }

  /** Reports the last position, if that takes no longer than a stop may wait. Nothing is written afterwards. */
  async close(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.timer?.handle);
    const last = (this.running ?? Promise.resolve())
      .then(() => this.report())
      .catch((error: Error) => this.warnOnce(error));
    let timeout: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, MAX_CLOSE_MS);
    });
    await Promise.race([last, tooLong]);
    clearTimeout(timeout);
    this.isClosed = true;
    await this.writing?.catch(() => {});
  }

  /** Reports within `waitMs`, but not sooner than `minPauseMs` after the attempt before. */
  schedule(waitMs: number): void {
    if (this.isClosing) return;
    const now = performance.now();
    const dueAt = Math.max(now + waitMs, this.lastAttemptAt + this.minPauseMs());
    if (this.timer && this.timer.dueAt <= dueAt) return;
    clearTimeout(this.timer?.handle);
    const handle = setTimeout(() => this.run(), dueAt - now).unref();
    this.timer = { dueAt, handle };
  }

  private minPauseMs(): number {
    return this.remembered === undefined ? Math.min(RETRY_MS, this.times.minPauseMs) : this.times.minPauseMs;
  }

  private run(): void {
    this.timer = undefined;
    if (this.running) return void this.running.then(() => this.schedule(0));
    this.running = this.report()
      .catch((error: Error) => {
        if (error instanceof RollbackError) return this.options.onRollback(error);
        this.warnOnce(error);
        this.schedule(0);
      })
      .finally(() => {
        this.running = undefined;
      });
  }

  /** Brings the counter to the newest durable position. Costs nothing where it has that already. */
  private async report(): Promise<void> {
    this.lastAttemptAt = performance.now();
    if (this.remembered === undefined) await this.compare();
    const [pending] = this.meta.current.reported ?? [];
    // Its answer may have been lost: until it is remembered no other one is listed, so that the list stays short.
    if (pending && pending.revision > (this.remembered?.revision ?? -1)) await this.raise(pending);
    this.lines = 0;
    const position = this.positionNow();
    if (this.isClosed || !position || position.revision <= (this.remembered?.revision ?? -1)) return;
    this.writing = this.meta.change({ reported: [position, this.remembered ?? null] });
    await this.writing;
    await this.raise(position);
    this.hasWarned = false;
  }

  private async raise(position: Position): Promise<void> {
    const { epoch, former = [], replaced = [] } = this.meta.current;
    const ended = this.remembered ? [] : [...replaced, ...former.map((one) => one.epoch)];
    try {
      await this.options.counter.raise(epoch, position, [...new Set(ended)].slice(0, MAX_ENDED));
    } catch (error) {
      if (error instanceof PositionRefused) throw new RollbackError(older(this.folder));
      throw error;
    }
    this.remembered = position;
  }

  /** @throws RollbackError */
  private async compare(): Promise<void> {
    const { epoch, reported } = this.meta.current;
    const { position, isEnded, isEmpty } = await this.options.counter.read(epoch);
    if (isEnded) throw new RollbackError(ended(this.folder));
    // A database of a version that reported nothing is taken as it is, once: by a counter that remembers nothing.
    const isKnown = reported ? reported.some((one) => isSame(one, position)) : position === null && isEmpty;
    if (!isKnown) {
      if (position) throw new RollbackError(older(this.folder, position.revision));
      throw new RollbackError(reported ? forgotten(this.folder) : foreign(this.folder));
    }
    this.remembered = position;
  }

  private warnOnce(error: Error): void {
    if (!this.hasWarned)
      this.warn(
        'the newest position of the data was not reported to cipher-service: an older copy of DATA_DIR would not be noticed until it is',
        { error: error.message },
      );
    this.hasWarned = true;
  }
}

function isSame(a: Position | null, b: Position | null): boolean {
  return a?.revision === b?.revision && a?.code === b?.code;
}

const ACCEPT = 'npm run repair -- --accept-older';

function older(folder: string, revision?: number): string {
  const what = revision === undefined ? 'a later state' : `a state at revision ${revision}`;
  return `DATA_DIR ${folder} is not the newest that this box wrote: cipher-service remembers ${what} that it does not contain. An older copy was put there, or a part of it. Put the newest one back, or restore a backup with npm run restore. To go on with it as it is, without what came after: ${ACCEPT}.`;
}

function ended(folder: string): string {
  return `DATA_DIR ${folder} is from before a restore or a repair, after which this box went on with other data. Put those back, or restore a backup with npm run restore. To go on with these as they are: ${ACCEPT}.`;
}

function forgotten(folder: string): string {
  return `DATA_DIR ${folder} was reported to cipher-service, which remembers nothing of it: its counter (cipher/counter in KEYS_DIR) was lost, or is that of another box. Put it back. If these data are the newest: ${ACCEPT}.`;
}

function foreign(folder: string): string {
  return `DATA_DIR ${folder} was written by a version of Bisik that reported nothing, and cipher-service remembers other data: an older copy was put there, or the data of another box. Put the newest one back, or restore a backup with npm run restore. To go on with it as it is: ${ACCEPT}.`;
}
