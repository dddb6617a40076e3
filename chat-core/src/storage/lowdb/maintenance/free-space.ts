import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { Disk, Warn } from '../disk/disk.ts';

/** The name of the reserve in DATA_DIR. */
export const RESERVE = 'reserve';
const MB = 2 ** 20;
const PIECE_BYTES = 256 * 1024;
/** Least time between two looks at the volume, and between a write that found no room and the next try, in milliseconds. */
const CHECK_MS = 1000;
const RETRY_MS = 10_000;
/** A full disk counts as full until so much more than the floor is free, so that it does not alternate. */
const HYSTERESIS = 1.25;

/** Below so many free bytes of a volume nothing new is stored: checkpoints and what still works have the rest. */
export function floorBytes(totalBytes: number): number {
  return Math.min(64 * MB, totalBytes / 8);
}

/** The size of the reserve on a volume, in bytes. */
export function reserveBytes(totalBytes: number): number {
  return Math.min(8 * MB, Math.floor(totalBytes / 32));
}

/**
 * Whether the volume of a database is full, and a file that reserves room on it. Where something else fills the volume to
 * its last byte, the reserve is removed for the changes that must still be stored, and made again when there is room.
 */
export class FreeSpace {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly warn: Warn;
  private readonly hasReserve: boolean;
  private isReserved = false;
  private isLow = false;
  private hasNoRoom = false;
  private failedAt = Number.NEGATIVE_INFINITY;
  private checkedAt = Number.NEGATIVE_INFINITY;
  private checking: Promise<void> | undefined;

  /** Without `hasReserve` no file is made. */
  constructor(disk: Disk, folder: string, warn: Warn, hasReserve: boolean) {
    this.disk = disk;
    this.folder = folder;
    this.warn = warn;
    this.hasReserve = hasReserve;
  }

  /** As far as known; a look at the volume begins when the last one is a second old. Cheap. */
  isFull(): boolean {
    if (performance.now() - this.checkedAt >= CHECK_MS) void this.check();
    return this.isLow || this.hasNoRoom;
  }

  /** Looks how much of the volume is free, and makes the reserve where it is missing and there is room. */
  check(): Promise<void> {
    this.checking ??= this.look()
      .catch(() => {})
      .finally(() => {
        this.checking = undefined;
      });
    return this.checking;
  }

  /** Finds the reserve of an earlier process. */
  async open(): Promise<void> {
    this.isReserved = this.hasReserve && (await this.disk.size(this.path())) !== undefined;
  }

  /**
   * Runs `write`. If it finds no room, the volume counts as full, the reserve is removed, and it runs once more.
   * @throws what `write` throws
   */
  async withReserve<T>(write: (isRepeat: boolean) => Promise<T>): Promise<T> {
    try {
      const result = await write(false);
      this.hasNoRoom = false;
      return result;
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      if (!this.hasNoRoom) this.warn('the disk is full: nothing new is stored until there is room', {});
      this.hasNoRoom = true;
      this.failedAt = performance.now();
      await this.release();
      await this.check();
      return write(true);
    }
  }

  private async look(): Promise<void> {
    this.checkedAt = performance.now();
    const { free, total } = await this.disk.space(this.folder);
    const reserve = this.hasReserve && Number.isFinite(total) ? reserveBytes(total) : 0;
    const missing = this.isReserved ? 0 : reserve;
    const isLow = free - missing < floorBytes(total) * (this.isLow ? HYSTERESIS : 1);
    if (Number.isFinite(total) && isLow !== this.isLow) {
      const freeMb = Math.round(free / MB);
      if (isLow) this.warn('the disk is nearly full: nothing new is stored until there is room', { freeMb });
      else this.warn('there is room on the disk again', { freeMb });
    }
    this.isLow = Number.isFinite(total) && isLow;
    if (this.isLow) return;
    if (performance.now() - this.failedAt >= RETRY_MS) this.hasNoRoom = false;
    if (missing > 0 && !this.hasNoRoom) await this.fill(missing);
  }

  /** Random bytes: a file system may compress others away. */
  private async fill(bytes: number): Promise<void> {
    const file = await this.disk.open(this.path(), 'create');
    try {
      for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
        const piece = randomFillSync(Buffer.allocUnsafe(Math.min(PIECE_BYTES, bytes - offset)));
        await file.write(piece, offset);
      }
      await file.sync();
      await this.disk.syncFolder(this.folder);
      this.isReserved = true;
    } finally {
      await file.close();
      if (!this.isReserved) await this.disk.remove(this.path()).catch(() => {});
    }
  }

  private async release(): Promise<void> {
    if (!this.isReserved) return;
    this.isReserved = false;
    await this.disk.remove(this.path());
    // A journaling file system gives freed blocks to others once the removal is durable.
    await this.disk.syncFolder(this.folder);
  }

  private path(): string {
    return join(this.folder, RESERVE);
  }
}

function isNoRoom(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
