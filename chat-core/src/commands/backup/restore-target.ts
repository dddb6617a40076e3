import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { RESTORING } from '../../storage/lowdb/maintenance/load.ts';
import { belongsToRestores } from '../../storage/lowdb/maintenance/restores.ts';

/** A folder of the box, what a restore puts into it, and where that waits inside it. */
type Room = { folder: string; staged: string };

/**
 * The folders a restore fills. What is there moves into `before-restore-<time>` within each, and nothing is deleted:
 * within, because a volume's own folder cannot be renamed, and keys never lie on the volume of the data.
 */
export class RestoreRooms {
  private readonly dataDir: string;
  private readonly stamp: string;
  private readonly rooms: { data: Room; cipher: Room; core: Room };

  /** `time` in epoch milliseconds. */
  constructor(dataDir: string, keysDir: string, time: number) {
    this.dataDir = dataDir;
    this.stamp = new Date(time).toISOString().replace(/[:.]/g, '-');
    const room = (folder: string) => ({ folder, staged: join(folder, `restore-${this.stamp}`) });
    this.rooms = {
      data: room(dataDir),
      cipher: room(join(keysDir, 'cipher')),
      core: room(join(keysDir, 'core')),
    };
  }

  /** Where the restored data wait. */
  get data(): string {
    return this.rooms.data.staged;
  }

  /** Where a file of the backup waits, by its name there. */
  pathOf(name: string): string {
    const [root, part, ...inside] = name.split('/');
    const { data, cipher, core } = this.rooms;
    if (root === 'data') return join(data.staged, part ?? '', ...inside);
    return join(part === 'cipher' ? cipher.staged : core.staged, ...inside);
  }

  /**
   * Puts everything in place; the folder must be locked. chat-core refuses to start between the first step and the last:
   * cut off, a restore is done again.
   * @returns the folders that hold what was there before
   */
  async place(): Promise<string[]> {
    const marker = await realDisk.open(join(this.dataDir, RESTORING), 'create');
    await marker.sync().finally(() => marker.close());
    await realDisk.syncFolder(this.dataDir);
    const { cipher, core, data } = this.rooms;
    const aside: string[] = [];
    for (const room of [cipher, core, data]) aside.push(...(await this.swap(room)));
    await realDisk.remove(join(this.dataDir, RESTORING));
    await realDisk.syncFolder(this.dataDir);
    return aside;
  }

  /** Removes what waits. */
  async clear(): Promise<void> {
    for (const { staged } of Object.values(this.rooms)) await rm(staged, { recursive: true, force: true });
  }

  private async swap({ folder, staged }: Room): Promise<string[]> {
    const before = join(folder, `before-restore-${this.stamp}`);
    const old = (await realDisk.list(folder)).filter((name) => !isOurs(name));
    if (old.length > 0) await realDisk.makeFolder(before);
    for (const name of old) await rename(join(folder, name), join(before, name));
    for (const name of await realDisk.list(staged)) await rename(join(staged, name), join(folder, name));
    for (const changed of [...(old.length > 0 ? [before] : []), staged, folder])
      await realDisk.syncFolder(changed);
    await rm(staged, { recursive: true });
    return old.length > 0 ? [before] : [];
  }
}

/** The lock, the marker, and what restores keep. */
function isOurs(name: string): boolean {
  return name === 'lock' || name.startsWith('lock.') || name === RESTORING || belongsToRestores(name);
}
