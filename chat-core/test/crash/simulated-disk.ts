import { dirname } from 'node:path';
import type { Disk, DiskFile, DiskSpace, OpenMode } from '../../src/storage/lowdb/disk/disk.ts';
import { type Fate, Inode } from './inode.ts';
import type { Random } from './random.ts';

export type Operation = 'open' | 'write' | 'sync' | 'rename' | 'remove' | 'makeFolder' | 'syncFolder';
export type FaultCode = 'EIO' | 'ENOSPC' | 'EROFS';
/** From the mutating operation number `from` on, `count` of them fail. */
export type Fault = { code: FaultCode; from: number; count: number };

type FolderChange = { folder: string; from?: string; to?: string; inode?: Inode };

/**
 * A disk that loses unsynced data by sectors of 512 bytes, and unsynced names by folder. `crash` returns the disk after a
 * power cut, `restart` the disk after a kill of the process. A rename is atomic. When the sync of a file fails, each of
 * its writes is on the device or not, and no later sync writes it. Names whose sync fails stay unsynced until the next
 * one, since file systems stop when they cannot write their own journal.
 */
export class SimulatedDisk implements Disk {
  private readonly random: Random;
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private unsynced: FolderChange[] = [];
  /** Number of mutating operations so far. */
  operations = 0;
  fault: Fault | undefined;
  /** Called before each mutating operation. */
  onOperation: (kind: Operation, path: string) => void = () => {};

  constructor(random: Random) {
    this.random = random;
  }

  /** Whether any file or name is unsynced. If not, every crash leaves the same disk. */
  isDirty(): boolean {
    return this.unsynced.length > 0 || this.inodes().some((inode) => inode.isDirty());
  }

  /** The disk as a new process finds it, with all writes, synced or not. */
  restart(): SimulatedDisk {
    const copies = new Map(this.inodes().map((inode) => [inode, inode.copy()]));
    const copyOf = (inode: Inode): Inode => copies.get(inode) ?? inode;
    const disk = new SimulatedDisk(this.random);
    disk.names = new Map([...this.names].map(([path, inode]) => [path, copyOf(inode)]));
    disk.durableNames = new Map([...this.durableNames].map(([path, inode]) => [path, copyOf(inode)]));
    disk.unsynced = this.unsynced.map((change) => ({
      ...change,
      ...(change.inode && { inode: copyOf(change.inode) }),
    }));
    return disk;
  }

  /** The disk after a power cut. `fate` decides which unsynced data survives. */
  crash(fate: Fate): SimulatedDisk {
    const disk = new SimulatedDisk(this.random);
    const names = new Map(this.durableNames);
    for (const change of this.unsynced) if (fate(2) === 1) apply(names, change);
    const found = new Map<Inode, Inode>();
    for (const [path, inode] of names) {
      const survivor = found.get(inode) ?? inode.afterCrash(fate);
      found.set(inode, survivor);
      disk.names.set(path, survivor);
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

  async readRange(path: string, offset: number, length: number): Promise<Buffer | undefined> {
    return (await this.read(path))?.subarray(offset, offset + length);
  }

  async size(path: string): Promise<number | undefined> {
    return (await this.read(path))?.length;
  }

  async space(): Promise<DiskSpace> {
    return { free: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY };
  }

  async list(folder: string): Promise<string[]> {
    await this.turn();
    return [...this.names.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1))
      .sort();
  }

  /** All files below a folder, without its name. */
  pathsBelow(folder: string): string[] {
    return [...this.names.keys()]
      .filter((path) => path.startsWith(folder))
      .map((path) => path.slice(folder.length));
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
    const durable = this.unsynced.filter(({ folder }) => folder === path);
    this.unsynced = this.unsynced.filter(({ folder }) => folder !== path);
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

  /** Waits for a random number of microtasks, so that operations end in different orders. */
  private async turn(): Promise<void> {
    for (let turns = this.random.below(3); turns > 0; turns--) await undefined;
  }

  private change(change: FolderChange): void {
    apply(this.names, change);
    this.unsynced.push(change);
  }

  private inodes(): Inode[] {
    const unsynced = this.unsynced.map(({ inode }) => inode).filter((inode) => inode !== undefined);
    return [...new Set([...this.names.values(), ...this.durableNames.values(), ...unsynced])];
  }
}

function apply(names: Map<string, Inode>, { from, to, inode }: FolderChange): void {
  if (from !== undefined) names.delete(from);
  if (to !== undefined && inode) names.set(to, inode);
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
