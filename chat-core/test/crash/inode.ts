import type { Random } from './random.ts';

/** The smallest piece a device writes whole. */
const SECTOR = 512;

/** Says for a thing that was not synced whether the device has it; the number is for telling crashes apart. */
export type Fate = (choices: number) => number;

/** A file's content: what programs read, what the device surely has, and what it may have of each sector. */
export class Inode {
  /** What programs read; shared with copies until one of them is written. */
  private content: Buffer = Buffer.alloc(0);
  private isShared = false;
  /** What outlives any crash; never changed in place. */
  private durable: Buffer = Buffer.alloc(0);
  /** Each version of a sector since the last sync, the oldest first. */
  private dirty = new Map<number, Buffer[]>();
  /** Each length since the last sync. */
  private lengths: number[] = [];

  copy(): Inode {
    const inode = new Inode();
    inode.share(this.content);
    this.isShared = true;
    inode.durable = this.durable;
    inode.dirty = new Map([...this.dirty].map(([sector, versions]) => [sector, [...versions]]));
    inode.lengths = [...this.lengths];
    return inode;
  }

  read(): Buffer {
    return Buffer.from(this.content);
  }

  isDirty(): boolean {
    return this.dirty.size > 0 || this.lengths.length > 0;
  }

  /** Empties the file, as opening it for creation does. */
  empty(): void {
    if (this.content.length === 0) return;
    const sectors = Math.ceil(this.content.length / SECTOR);
    for (let sector = 0; sector < sectors; sector++) this.remember(sector, Buffer.alloc(SECTOR));
    this.content = Buffer.alloc(0);
    this.lengths.push(0);
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.content.length) {
      const longer = Buffer.alloc(end);
      this.content.copy(longer);
      this.content = longer;
      this.isShared = false;
      this.lengths.push(end);
    } else if (this.isShared) {
      this.content = Buffer.from(this.content);
      this.isShared = false;
    }
    this.content.set(bytes, position);
    for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) {
      this.remember(sector, sectorOf(this.content, sector));
    }
  }

  /** The device has everything that was written since the last sync, be that one right or failed. */
  sync(): void {
    const length = this.lengths.at(-1) ?? this.durable.length;
    this.settle(length, (_, versions) => versions.length);
  }

  /** A failed sync: the device has any of what was written, and the system forgets that it has not all (fsyncgate). */
  failSync(random: Random): void {
    this.crash((choices) => random.below(choices));
  }

  /** Keeps of each sector and of the length any version there was since the last sync. */
  crash(fate: Fate): void {
    const lengths = [this.durable.length, ...this.lengths];
    const length = lengths.length > 1 ? lengths[fate(lengths.length)] : lengths[0];
    this.settle(length ?? 0, (_, versions) => fate(versions.length + 1));
  }

  /** The file as a machine finds it that was switched on again. */
  afterCrash(fate: Fate): Inode {
    const inode = new Inode();
    inode.durable = this.durable;
    inode.dirty = this.dirty;
    inode.lengths = this.lengths;
    inode.crash(fate);
    inode.share(inode.durable);
    return inode;
  }

  private share(content: Buffer): void {
    this.content = content;
    this.isShared = true;
  }

  private remember(sector: number, version: Buffer): void {
    const versions = this.dirty.get(sector);
    if (versions) versions.push(version);
    else this.dirty.set(sector, [version]);
  }

  private settle(length: number, choose: (sector: number, versions: Buffer[]) => number): void {
    const { dirty } = this;
    this.dirty = new Map();
    this.lengths = [];
    if (dirty.size === 0 && length === this.durable.length) return;
    const settled = Buffer.alloc(length);
    this.durable.copy(settled);
    for (const [sector, versions] of dirty) {
      const version = versions[choose(sector, versions) - 1];
      if (version && sector * SECTOR < length) version.copy(settled, sector * SECTOR);
    }
    this.durable = settled;
  }
}

/** A whole sector, filled up with zeros behind the end of the file. */
function sectorOf(content: Buffer, sector: number): Buffer {
  const whole = Buffer.alloc(SECTOR);
  content.copy(whole, 0, sector * SECTOR, (sector + 1) * SECTOR);
  return whole;
}
