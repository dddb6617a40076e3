import type { Random } from './random.ts';

/** The unit that a device writes atomically. */
const SECTOR = 512;

/** Chooses one of `choices` versions of unsynced data for the device: 0 for the last synced one. */
export type Fate = (choices: number) => number;

/** The content of a file: what programs read, what is durable, and the unsynced versions of each sector. */
export class Inode {
  /** The content that programs read, shared with copies until one of them is written (copy on write). */
  private content: Buffer = Buffer.alloc(0);
  private isShared = false;
  /** The content that survives any crash, never changed in place. */
  private durable: Buffer = Buffer.alloc(0);
  /** All versions of each sector since the last sync, oldest first. */
  private dirty = new Map<number, Buffer[]>();
  /** All lengths since the last sync. */
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

  /** Truncates the file, like an open for creation. */
  empty(): void {
    if (this.content.length === 0) return;
    const sectors = Math.ceil(this.content.length / SECTOR);
    for (let sector = 0; sector < sectors; sector++) this.addVersion(sector, Buffer.alloc(SECTOR));
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
    } else if (this.isShared) {
      this.content = Buffer.from(this.content);
      this.isShared = false;
    }
    // After a failed sync the durable file may be shorter than what programs read.
    if (end > (this.lengths.at(-1) ?? this.durable.length)) this.lengths.push(end);
    this.content.set(bytes, position);
    for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) {
      this.addVersion(sector, sectorOf(this.content, sector));
    }
  }

  /** Makes everything durable that was written since the last successful or failed sync. */
  sync(): void {
    const length = this.lengths.at(-1) ?? this.durable.length;
    this.settle(length, (_, versions) => versions.length);
  }

  /** A failed sync: any of the writes may be durable, and the system forgets the others (fsyncgate). */
  failSync(random: Random): void {
    this.crash((choices) => random.below(choices));
  }

  /** Settles each sector and the length on any version since the last sync. */
  crash(fate: Fate): void {
    const lengths = [this.durable.length, ...this.lengths];
    const length = lengths.length > 1 ? lengths[fate(lengths.length)] : lengths[0];
    this.settle(length ?? 0, (_, versions) => fate(versions.length + 1));
  }

  /** The file after a power cut. */
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

  private addVersion(sector: number, version: Buffer): void {
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

/** A sector, padded with zeros after the end of the file. */
function sectorOf(content: Buffer, sector: number): Buffer {
  const padded = Buffer.alloc(SECTOR);
  content.copy(padded, 0, sector * SECTOR, (sector + 1) * SECTOR);
  return padded;
}
