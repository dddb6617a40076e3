import { existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Disk, realDisk } from '../../storage/lowdb/disk/disk.ts';
import { explainFileError } from '../file-errors.ts';
import { bytesOnDisk, type Need } from '../room.ts';
import { bytesIn, openSealed } from './attachment-sources.ts';
import { abandonBackup, backupsIn, beginBackup, writeList } from './folder-retention.ts';
import type { AttachmentInBackup, Manifest } from './manifest.ts';
import {
  type BackupInput,
  type OnBytes,
  pathIn,
  type WrittenBackup,
  writeBackupFile,
} from './write-backup.ts';

/** What a backup into a folder has done: `copied` of its sealed files were not there yet. */
export type WrittenFolder = WrittenBackup & {
  file: string;
  size: number;
  copied: number;
  copiedBytes: number;
};

/**
 * Adds a backup to a folder: the database and the keys as one file named after the time, and each sealed file of a message
 * once, in `attachments/`. Since sealed files never change, one that is there with the right size is not copied again.
 * The database gets its name last, when everything it names is durable, and a list of that is beside it.
 * @throws Error with one sentence, also when the folder does not exist: a medium may not be mounted
 */
export async function writeBackupFolder(
  input: BackupInput,
  folder: string,
  { onBytes, time = Date.now(), space }: { onBytes: OnBytes; time?: number; space?: Disk['space'] },
): Promise<WrittenFolder> {
  const target = resolve(folder);
  if (!(await stat(target).catch(() => undefined))?.isDirectory())
    throw new Error(`There is no folder ${target}: mount its medium, or make it first.`);
  if (existsSync(join(target, 'meta.json')))
    throw new Error(`${target} is the data of a box: a backup goes into a folder of its own.`);
  const file = await beginBackup(target, time).catch((error: Error) => {
    throw explainFileError(error, target, 'write');
  });
  let [copied, copiedBytes, missing, done, total] = [0, 0, 0, 0, 0];
  const copyAll = async ({ attachments }: Manifest) => {
    const folders = new Set<string>();
    missing = 0;
    for (const one of attachments?.files ?? []) {
      const outcome = await copySealed(pathIn(input.dataDir, one), pathBeside(file, one), one.size);
      if (outcome === 'missing') missing += 1;
      if (outcome === 'copied') {
        copied += 1;
        copiedBytes += one.size;
        folders.add(dirname(pathBeside(file, one)));
      }
      done += one.size;
      onBytes(Math.min(done, total), total);
    }
    for (const one of folders) await realDisk.syncFolder(one);
  };
  try {
    const { manifest, size, unreadable } = await writeBackupFile({ ...input, attachments: 'beside' }, file, {
      replace: false,
      space,
      more: async ({ attachments }) => [await needOf(target, file, attachments?.files ?? [])],
      onBytes: (bytes, all) => {
        [done, total] = [bytes, all];
        onBytes(bytes, all);
      },
      beforeNaming: async (written) => {
        await copyAll(written);
        await writeList(file, input.recipient, written);
        // Another backup that began to remove files before this one began may have removed one that was there.
        await copyAll(written);
      },
    });
    return { manifest, missing, unreadable, size, file, copied, copiedBytes };
  } catch (error) {
    await abandonBackup(file).catch(() => {});
    throw explainFileError(error, target, 'write');
  }
}

/** What copying those of these files needs that are not there yet. */
async function needOf(folder: string, file: string, all: AttachmentInBackup[]): Promise<Need> {
  const need = { folder, bytes: 0, files: 0 };
  for (const one of all) {
    if ((await realDisk.size(pathBeside(file, one))) === one.size) continue;
    need.bytes += bytesOnDisk(one.size);
    need.files += 1;
  }
  return need;
}

/** The path of a sealed file in the folder of a database file. */
export function pathBeside(file: string, { name }: AttachmentInBackup): string {
  return join(dirname(file), ...name.split('/').slice(1));
}

/** The newest database file in a folder of backups. @throws Error with one sentence when there is none */
export async function newestIn(folder: string): Promise<string> {
  const newest = (await backupsIn(folder)).at(-1);
  if (newest === undefined) throw new Error(`There is no backup in the folder ${folder}.`);
  return join(folder, newest);
}

/** Copies a sealed file durably, except for its name, unless it is there. `missing` when there is nothing to copy. */
async function copySealed(from: string, to: string, size: number): Promise<'copied' | 'there' | 'missing'> {
  if ((await realDisk.size(to)) === size) return 'there';
  const source = await openSealed(from, size);
  if (!source) return 'missing';
  const temporary = `${to}.unfinished`;
  try {
    if (!existsSync(dirname(to))) await realDisk.makeFolder(dirname(to));
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      for await (const bytes of bytesIn(source, size, from)) await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, to);
    return 'copied';
  } catch (error) {
    await source.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
