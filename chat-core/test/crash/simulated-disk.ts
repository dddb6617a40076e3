import { dirname } from 'node:path';
import type { Disk, DiskFile, OpenMode } from '../../src/storage/lowdb/disk/disk.ts';
import { type Fate, Inode } from './inode.ts';
import type { Random } from './random.ts';

export type Operation = 'open' | 'write' | 'sync' | 'rename' | 'remove' | 'makeFolder' | 'syncFolder';
export type FaultCode = 'EIO' | 'ENOSPC' | 'EROFS';
/** From operation `from` on, `count` operations that change something fail. */
export type Fault = { code: FaultCode; from: number; count: number };

type FolderChange = { folder: string; from?: string; to?: string; inode?: Inode };

/**
 * A disk that forgets what was not synced: data by sectors of 512 bytes, names by folder. `crash` answers the disk a
 * machine finds after a power cut, `restart` the one a process finds that was killed. A rename is atomic. When the sync
 * of a file fails, what it should have written is on the device or not, and no later sync writes it; names whose sync
 * fails wait for the next one, since file systems stop altogether when they cannot write their own journal.
 */
export class SimulatedDisk implements Disk {
  private readonly random: Random;
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private waiting: FolderChange[] = [];
  /** Operations so far that change something. */
  operations = 0;
  fault: Fault | undefined;
  /** Called before each operation that changes something. */
  onOperation: (kind: Operation, path: string) => void = () => {};

  constructor(random: Random) {
    this.random = random;
  }

  /** What is unsynced, in files and names: nothing means that every crash finds the same. */
  isDirty(): boolean {
    return this.waiting.length > 0 || this.inodes().some((inode) => inode.isDirty());
  }

  /** The disk as a new process finds it: what was written is there, synced or not. */
  restart(): SimulatedDisk {
    const copies = new Map(this.inodes().map((inode) => [inode, inode.copy()]));
    const copyOf = (inode: Inode): Inode => copies.get(inode) ?? inode;
    const disk = new SimulatedDisk(this.random);
    disk.names = new Map([...this.names].map(([path, inode]) => [path, copyOf(inode)]));
    disk.durableNames = new Map([...this.durableNames].map(([path, inode]) => [path, copyOf(inode)]));
    disk.waiting = this.waiting.map((change) => ({
      ...change,
      ...(change.inode && { inode: copyOf(change.inode) }),
    }));
    return disk;
  }

  /** The disk as a machine finds it after a power cut; `fate` decides about each thing that was not synced. */
  crash(fate: Fate): SimulatedDisk {
    const disk = new SimulatedDisk(this.random);
    const names = new Map(this.durableNames);
    for (const change of this.waiting) if (fate(2) === 1) apply(names, change);
    const found = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      const kept = found.get(inode) ?? inode.afterCrash(fate);
      found.set(inode, kept);
      disk.names.set(path, kept);
    }
    disk.durableNames = new Map(disk.names);
    return disk;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    await this.operate('open', path);
    let inode = this.names.get(path);
    if (!inode) {
      if (mode !== 'create') throw failure('ENOENT', path);
      inode = new Inode();
      this.change({ folder: dirname(path), to: path, inode });
    }
    if (mode === 'create') inode.empty();
    return this.fileOf(path, inode);
  }

  async read(path: string): Promise<Buffer | undefined> {
    await this.turn();
    return this.names.get(path)?.read();
  }

  async list(folder: string): Promise<string[]> {
    await this.turn();
    return [...this.names.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1))
      .sort();
  }

  async rename(from: string, to: string): Promise<void> {
    await this.operate('rename', from);
    const inode = this.names.get(from);
    if (!inode) throw failure('ENOENT', from);
    this.change({ folder: dirname(to), from, to, inode });
  }

  async remove(path: string): Promise<void> {
    await this.operate('remove', path);
    if (this.names.has(path)) this.change({ folder: dirname(path), from: path });
  }

  async makeFolder(path: string): Promise<void> {
    await this.operate('makeFolder', path);
  }

  async syncFolder(path: string): Promise<void> {
    await this.operate('syncFolder', path);
    const durable = this.waiting.filter(({ folder }) => folder === path);
    this.waiting = this.waiting.filter(({ folder }) => folder !== path);
    for (const change of durable) apply(this.durableNames, change);
  }

  private fileOf(path: string, inode: Inode): DiskFile {
    return {
      write: async (bytes, position) => {
        try {
          await this.operate('write', path);
        } catch (error) {
          // A failed write may be a short one.
          inode.write(bytes.subarray(0, this.random.below(bytes.length + 1)), position);
          throw error;
        }
        inode.write(bytes, position);
      },
      sync: async () => {
        try {
          await this.operate('sync', path);
        } catch (error) {
          inode.failSync(this.random);
          throw error;
        }
        inode.sync();
      },
      close: () => this.turn(),
    };
  }

  private async operate(kind: Operation, path: string): Promise<void> {
    this.operations += 1;
    this.onOperation(kind, path);
    await this.turn();
    const { fault } = this;
    if (!fault || this.operations < fault.from || fault.count === 0) return;
    fault.count -= 1;
    throw failure(fault.code, path);
  }

  /** Lets others go first, or not, so that operations end in many orders. */
  private async turn(): Promise<void> {
    for (let turns = this.random.below(3); turns > 0; turns--) await undefined;
  }

  private change(change: FolderChange): void {
    apply(this.names, change);
    this.waiting.push(change);
  }

  private inodes(): Inode[] {
    const waiting = this.waiting.map(({ inode }) => inode).filter((inode) => inode !== undefined);
    return [...new Set([...this.names.values(), ...this.durableNames.values(), ...waiting])];
  }
}

function apply(names: Map<string, Inode>, { from, to, inode }: FolderChange): void {
  if (from !== undefined) names.delete(from);
  if (to !== undefined && inode) names.set(to, inode);
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
