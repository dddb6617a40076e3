import { dirname } from 'node:path';
import type { Disk } from '../disk/disk.ts';

const TEMPORARY = '.tmp';

/**
 * Files that become durable together: each is written and synced beside its place, then all take their names, then
 * their folders are synced. A file system pays for its own journal at each sync of a new file; files synced at the same
 * time share that, and so do names.
 */
export class AtomicWriteBatch {
  private readonly disk: Disk;
  private readonly staged: string[] = [];

  constructor(disk: Disk) {
    this.disk = disk;
  }

  /** Writes a file durably under another name. */
  async stage(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.disk.open(path + TEMPORARY, 'create');
    try {
      await file.write(bytes, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    this.staged.push(path);
  }

  /** Gives every staged file its name, durably. */
  async publish(): Promise<void> {
    const paths = this.staged.splice(0);
    for (const path of paths) await this.disk.rename(path + TEMPORARY, path);
    for (const folder of new Set(paths.map(dirname))) await this.disk.syncFolder(folder);
  }
}
