import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { RESERVE } from '../../storage/lowdb/maintenance/free-space.ts';
import { RESTORING } from '../../storage/lowdb/maintenance/load.ts';
import { belongsToRestores } from '../../storage/lowdb/maintenance/restores.ts';
import { bytesOnDisk, type Need } from '../room.ts';

/** A folder that a restore fills, and the folder within it where the new content is staged. */
type Folder = { folder: string; staged: string };

/**
 * The folders a restore fills. Their old content is moved into `before-restore-<time>` inside each of them, because the
 * folder of a volume cannot be renamed, and keys must stay off the volume of the data.
 */
export class RestoreTarget {
  private readonly dataDir: string;
  private readonly stamp: string;
  private readonly folders: { data: Folder; cipher: Folder; core: Folder };

  /** `time` in epoch milliseconds. */
  constructor(dataDir: string, keysDir: string, time: number) {
    this.dataDir = dataDir;
    this.stamp = new Date(time).toISOString().replace(/[:.]/g, '-');
    const staging = (folder: string) => ({ folder, staged: join(folder, `restore-${this.stamp}`) });
    this.folders = {
      data: staging(dataDir),
      cipher: staging(join(keysDir, 'cipher')),
      core: staging(join(keysDir, 'core')),
    };
  }

  /** Where the data are staged. */
  get data(): string {
    return this.folders.data.staged;
  }

  /** What staging these files needs, by their names in the backup; each of their folders counts as a file. */
  needs(files: { name: string; size: number }[]): Need[] {
    const { data, cipher, core } = this.folders;
    return [data, cipher, core].map(({ folder, staged }) => {
      const own = files.filter(({ name }) => this.pathOf(name).startsWith(staged));
      const folders = new Set(own.map(({ name }) => dirname(name))).size;
      const bytes = own.reduce((sum, { size }) => sum + bytesOnDisk(size), bytesOnDisk(1) * folders);
      return { folder, bytes, files: own.length + folders };
    });
  }

  /** Where a file of the backup is staged, by its name in the backup. */
  pathOf(name: string): string {
    const [root, part, ...inside] = name.split('/');
    const { data, cipher, core } = this.folders;
    if (root === 'data') return join(data.staged, part ?? '', ...inside);
    return join(part === 'cipher' ? cipher.staged : core.staged, ...inside);
  }

  /**
   * Puts everything into place; DATA_DIR must be locked. chat-core refuses to start until the last step is complete: an
   * interrupted restore has to be repeated.
   * @returns the folders with the old content
   */
  async commit(): Promise<string[]> {
    const marker = await realDisk.open(join(this.dataDir, RESTORING), 'create');
    await marker.sync().finally(() => marker.close());
    await realDisk.syncFolder(this.dataDir);
    const { cipher, core, data } = this.folders;
    const aside: string[] = [];
    for (const folder of [cipher, core, data]) aside.push(...(await this.swap(folder)));
    await realDisk.remove(join(this.dataDir, RESTORING));
    await realDisk.syncFolder(this.dataDir);
    return aside;
  }

  /** Removes what is staged. */
  async clear(): Promise<void> {
    for (const { staged } of Object.values(this.folders)) await rm(staged, { recursive: true, force: true });
  }

  private async swap({ folder, staged }: Folder): Promise<string[]> {
    const before = join(folder, `before-restore-${this.stamp}`);
    const old = (await realDisk.list(folder)).filter((name) => !staysInPlace(name));
    if (old.length > 0) await realDisk.makeFolder(before);
    for (const name of old) await rename(join(folder, name), join(before, name));
    for (const name of await realDisk.list(staged)) await rename(join(staged, name), join(folder, name));
    for (const changed of [...(old.length > 0 ? [before] : []), staged, folder])
      await realDisk.syncFolder(changed);
    await rm(staged, { recursive: true });
    return old.length > 0 ? [before] : [];
  }
}

/** The lock, the marker, the folders of restores, and the counter, which outlasts them. */
function staysInPlace(name: string): boolean {
  const isOwn = ['lock', RESERVE, RESTORING, 'counter'].includes(name) || name.startsWith('lock.');
  return isOwn || belongsToRestores(name);
}
