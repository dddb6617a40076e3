import { getHeapStatistics } from 'node:v8';
import type { Backups } from '../../backups/backups.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import type { Config } from '../../config.ts';
import type { Store } from '../../storage/store.ts';
import type { BackupState } from '../../wire/owner.ts';
import { readCertificateEnd } from './certificates.ts';
import { type ClockFigures, ClockWatch } from './clock-figures.ts';
import { DAY_MS, DayWindow } from './day-window.ts';
import { EventLoopDelay, type LoopDelay } from './event-loop.ts';
import {
  isReadOnly,
  readDeviceWrittenBytes,
  readSpace,
  readWrittenBytes,
  type Space,
} from './system-figures.ts';
import { readTunnel, type Tunnel } from './tunnel.ts';

export type FiguresDeps = {
  config: Pick<Config, 'dataDir' | 'keysDir' | 'watching'>;
  store: Pick<Store, 'time' | 'isWritable' | 'isFull' | 'onCommit' | 'databaseUse'>;
  cipher: Pick<Cipher, 'isUp'>;
  heldPolls: () => number;
  backups: Pick<Backups, 'backupState'>;
};

/** How this box is now. Bytes, milliseconds; `…Since`: monotonic milliseconds. Undefined: this machine does not say. */
export type Figures = {
  at: number;
  space: Space | undefined;
  rssBytes: number;
  heapBytes: number;
  heapLimitBytes: number;
  eventLoopDelayMs: LoopDelay;
  /** By this process since its start, and by every program to the device since the machine started. */
  writtenBytes: number | undefined;
  deviceWrittenBytes: number | undefined;
  writtenBytesPerDay: number;
  /** Undefined until a day was measured, where nothing is written, and where the size of the volume is unknown. */
  flashYears: number | undefined;
  commits: number;
  messages: number;
  messagesPerDay: number;
  heldPolls: number;
  clock: ClockFigures;
  cipher: { reachable: boolean; since: number };
  isWritable: boolean;
  tunnel: Tunnel;
  certificateEnd: number | undefined;
  /** Empty where none are set up. */
  backup: BackupState;
};

/** Figures that are asked for again within this time are the same. */
const CACHE_MS = 250;
/** How often a card of ordinary quality takes its own size, small scattered writes counted as they are amplified. */
const WRITES_OF_CARD = 100;
const DAYS_PER_YEAR = 365;

/** Reads the figures of this box. Counters are in memory alone, so that watching writes nothing to the disk. */
export class BoxFigures {
  private readonly deps: FiguresDeps;
  private readonly now: () => number;
  private readonly loop = new EventLoopDelay();
  private readonly clock: ClockWatch;
  private readonly written = new DayWindow();
  private readonly sent = new DayWindow();
  private commits = 0;
  private messages = 0;
  private cipherState: { reachable: boolean; since: number } | undefined;
  private cached: Promise<Figures> | undefined;
  private cachedAt = Number.NEGATIVE_INFINITY;

  /** @param now monotonic milliseconds */
  constructor(deps: FiguresDeps, now: () => number = () => performance.now()) {
    this.deps = deps;
    this.now = now;
    this.clock = new ClockWatch(deps.store.time);
    deps.store.onCommit(({ messages }) => {
      this.commits += 1;
      this.messages += messages.length;
    });
  }

  start(): void {
    this.loop.start();
  }

  stop(): void {
    this.loop.stop();
  }

  /** Ends a minute of the event loop's delay. */
  endPeriod(): void {
    this.loop.endPeriod();
  }

  read(): Promise<Figures> {
    const at = this.now();
    if (!this.cached || at - this.cachedAt >= CACHE_MS) {
      this.cachedAt = at;
      this.cached = this.collect(at);
    }
    return this.cached;
  }

  private async collect(at: number): Promise<Figures> {
    const { config, store, cipher, heldPolls, backups } = this.deps;
    const [space, writtenBytes, deviceWrittenBytes, reachable, hasRoom, isLocked, tunnel, certificateEnd] =
      await Promise.all([
        readSpace(config.dataDir),
        readWrittenBytes(),
        readDeviceWrittenBytes(config.dataDir),
        cipher.isUp(),
        store.isWritable(),
        isReadOnly(config.dataDir),
        readTunnel(config.watching.tunnelUrl),
        readCertificateEnd(config.keysDir),
      ]);
    const total = deviceWrittenBytes ?? writtenBytes ?? 0;
    this.written.add(at, total);
    this.sent.add(at, this.messages);
    const writtenBytesPerDay = this.written.perDay(at, total);
    const { used_heap_size, heap_size_limit } = getHeapStatistics();
    return {
      at,
      space,
      rssBytes: process.memoryUsage.rss(),
      heapBytes: used_heap_size,
      heapLimitBytes: heap_size_limit,
      eventLoopDelayMs: this.loop.read(),
      writtenBytes,
      deviceWrittenBytes,
      writtenBytesPerDay,
      flashYears: this.flashYears(space, writtenBytesPerDay, this.written.growth(at, total).ms),
      commits: this.commits,
      messages: this.messages,
      messagesPerDay: this.sent.growth(at, this.messages).count,
      heldPolls: heldPolls(),
      clock: this.clock.read(at),
      cipher: this.cipherSince(reachable, at),
      isWritable: hasRoom && !isLocked,
      tunnel,
      certificateEnd,
      backup: backups.backupState(),
    };
  }

  /** Years until the card has taken what it can: its endurance by what is written in a year. */
  private flashYears(space: Space | undefined, bytesPerDay: number, measuredMs: number): number | undefined {
    // What is written to another machine wears no card of this one.
    if (this.deps.store.databaseUse) return undefined;
    const bytes = this.deps.config.watching.enduranceBytes ?? (space && space.totalBytes * WRITES_OF_CARD);
    if (bytes === undefined || bytesPerDay <= 0 || measuredMs < DAY_MS / 2) return undefined;
    return Math.round((bytes / (bytesPerDay * DAYS_PER_YEAR)) * 10) / 10;
  }

  private cipherSince(reachable: boolean, at: number): { reachable: boolean; since: number } {
    if (this.cipherState?.reachable !== reachable) this.cipherState = { reachable, since: at };
    return this.cipherState as { reachable: boolean; since: number };
  }
}
