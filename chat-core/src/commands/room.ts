import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Disk, type DiskSpace, realDisk } from '../storage/lowdb/disk/disk.ts';

/** What a command is about to write below a folder, which need not exist yet. */
export type Need = { folder: string; bytes: number; files: number };

const MB = 2 ** 20;
/** File systems give whole blocks. */
const BLOCK_BYTES = 4096;
/** So many bytes are written between two looks at the volumes. */
const CHECK_BYTES = 8 * MB;

type Volume = Need & { device: number };

export type RoomOptions = {
  /** What is written, at the start of a sentence: “The backup”. */
  what: string;
  /** A sentence without its full stop: how there will be enough. */
  remedy: string;
  /** How many bytes stay free of a volume with so many. */
  keepFree: (folder: string, totalBytes: number) => number | Promise<number>;
  space?: Disk['space'];
};

/** The bytes that a file takes on a disk, at least. */
export function bytesOnDisk(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/**
 * The room that a command may take: checked for all it will write before it begins, and again while it writes, since other
 * processes write to the same volumes.
 */
export class Room {
  private readonly options: RoomOptions;
  private volumes: Volume[] = [];
  private sinceCheck = 0;

  constructor(options: RoomOptions) {
    this.options = options;
  }

  /** Checks that each volume has room for all of these together. @throws Error with a sentence that names need and room */
  async require(needs: Need[]): Promise<void> {
    const volumes = new Map<number, Volume>();
    for (const { folder, bytes, files } of needs) {
      const { dev: device } = await stat(existing(folder));
      const known = volumes.get(device) ?? { device, folder, bytes: 0, files: 0 };
      volumes.set(device, { ...known, bytes: known.bytes + bytes, files: known.files + files });
    }
    this.volumes = [...volumes.values()];
    for (const volume of this.volumes) await this.check(volume);
  }

  /** Counts bytes that were written, and checks from time to time that what should stay free is free. @throws like `require` */
  async written(bytes: number): Promise<void> {
    this.sinceCheck += bytes;
    if (this.sinceCheck < CHECK_BYTES) return;
    this.sinceCheck = 0;
    for (const volume of this.volumes) await this.check({ ...volume, bytes: 0, files: 0 });
  }

  private async check({ folder, bytes, files }: Need): Promise<void> {
    const { what, remedy, keepFree, space = realDisk.space } = this.options;
    const found: DiskSpace = await space(existing(folder));
    const kept = await keepFree(folder, found.total);
    const room = found.free - kept;
    if (bytes > room) {
      const beside = kept > 0 ? `, beside ${inMb(kept, 'up')} MB that must stay free` : '';
      const need = bytes > 0 ? `needs ${inMb(bytes, 'up')} MB` : 'needs more room';
      throw new Error(
        `${what} ${need} in ${folder}, and the disk has ${inMb(room, 'down')} MB for it${beside}: ${remedy}.`,
      );
    }
    if (found.freeFiles !== undefined && files > found.freeFiles)
      throw new Error(
        `${what} needs ${files.toLocaleString('en')} files in ${folder}, and the disk can hold ${found.freeFiles.toLocaleString('en')} more: ${remedy}.`,
      );
  }
}

/** Whether two folders are on the same volume. */
export async function onSameVolume(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((folder) => stat(existing(folder))));
  return first?.dev === second?.dev;
}

/** In MB, with a decimal below 10. */
function inMb(bytes: number, direction: 'up' | 'down'): string {
  const scale = Math.abs(bytes) < 10 * MB ? 10 : 1;
  const scaled = (Math.max(0, bytes) * scale) / MB;
  return ((direction === 'up' ? Math.ceil(scaled) : Math.floor(scaled)) / scale).toLocaleString('en');
}

/** A folder, or the nearest one above it that exists: they are on the same volume once it is made. */
function existing(folder: string): string {
  let found = resolve(folder);
  while (!existsSync(found) && found !== dirname(found)) found = dirname(found);
  return found;
}
