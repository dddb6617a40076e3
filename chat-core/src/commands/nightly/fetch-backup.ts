import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { parseList } from '../backup/folder-retention.ts';
import { bytesOnDisk, Room } from '../room.ts';
import { listNameOf } from './publish.ts';
import { timeOfBackup } from './retention.ts';
import { BackupError, type Target } from './target.ts';

/**
 * Copies a backup (the newest unless one is named) and the sealed files that it names from a target into a folder, as a
 * restore reads them. What is there with its size is not copied again. @returns the path of the backup; @throws BackupError
 */
export async function fetchBackup(target: Target, folder: string, wanted?: string): Promise<string> {
  const files = await target.list();
  const sizes = new Map(files.map(({ name, size }) => [name, size]));
  const backups = files.map(({ name }) => name).filter((name) => timeOfBackup(name) !== undefined);
  const name = wanted ?? backups.sort().at(-1);
  if (name === undefined || !backups.includes(name))
    throw new BackupError('TARGET_MISSING', `There is no backup ${wanted ?? ''} at ${target.label}.`);
  const list = sizes.has(listNameOf(name))
    ? parseList(await text(await target.get(listNameOf(name))))
    : undefined;
  const attachments = (list?.files ?? []).map((one) => `attachments/${one}`).filter((one) => sizes.has(one));
  const wantedFiles = [name, ...attachments];
  const room = new Room({ what: 'The backup', remedy: 'make room', keepFree: () => 0 });
  const bytes = wantedFiles.reduce((sum, one) => sum + bytesOnDisk(sizes.get(one) ?? 0), 0);
  await room.require([{ folder, bytes, files: wantedFiles.length }]);
  for (const one of wantedFiles) {
    const path = join(folder, one);
    if (one !== name && (await realDisk.size(path)) === sizes.get(one)) continue;
    await realDisk.makeFolder(dirname(path));
    await rm(path, { force: true });
    await pipeline(await target.get(one), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  }
  return join(folder, name);
}
