import { v4 as uuid } from 'uuid';
import { takeDataFolder } from '../storage/lowdb/data-folder.ts';
import { realDisk } from '../storage/lowdb/disk.ts';
import { lockFolder } from '../storage/lowdb/lock.ts';
import { readMeta, writeMeta } from '../storage/lowdb/meta.ts';
import type { Manifest } from './backup-manifest.ts';
import { openBackup, requireOpens } from './restore-open.ts';
import { RestoreRooms } from './restore-place.ts';

export type Restore = { dataDir: string; keysDir: string; file: string; identity: string };

/** Opens a backup and checks all of it, beside what is there, and leaves nothing behind. @throws a sentence */
export async function tryBackup({ dataDir, keysDir, file, identity }: Restore): Promise<Manifest> {
  const rooms = new RestoreRooms(dataDir, keysDir, Date.now());
  try {
    return await openChecked(rooms, file, identity);
  } finally {
    await rooms.clear();
  }
}

/**
 * Puts a backup in the place of what is there, which is kept aside, once all of it was checked. The box gets a new
 * epoch: cursors from after the backup name a history that is gone, and start anew.
 * @returns the manifest and the folders with what was there; @throws a sentence, and then nothing was replaced
 */
export async function restoreBackup(restore: Restore): Promise<{ manifest: Manifest; aside: string[] }> {
  const { dataDir, keysDir, file, identity } = restore;
  await takeDataFolder(dataDir);
  const lock = await lockFolder(dataDir);
  const rooms = new RestoreRooms(dataDir, keysDir, Date.now());
  try {
    const manifest = await openChecked(rooms, file, identity);
    const meta = await readMeta(realDisk, rooms.data);
    if (!meta) throw new Error('The backup holds no database.');
    await writeMeta(realDisk, rooms.data, { ...meta, epoch: uuid() });
    return { manifest, aside: await rooms.place() };
  } finally {
    await rooms.clear();
    await lock.release();
  }
}

async function openChecked(rooms: RestoreRooms, file: string, identity: string): Promise<Manifest> {
  const manifest = await openBackup(file, identity, (name) => rooms.pathOf(name));
  await requireOpens(rooms.data, manifest);
  return manifest;
}
