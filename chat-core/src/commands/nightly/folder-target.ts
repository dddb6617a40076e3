import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import type { BackupErrorCode } from '../../wire/owner.ts';
import { BackupError, isOwnName, type Target, type TargetFile } from './target.ts';

const UNFINISHED = '.unfinished';
const CODES: Record<string, BackupErrorCode> = {
  ENOSPC: 'TARGET_FULL',
  EDQUOT: 'TARGET_FULL',
  EFBIG: 'TARGET_FULL',
  EROFS: 'TARGET_READ_ONLY',
  EACCES: 'TARGET_READ_ONLY',
  EPERM: 'TARGET_READ_ONLY',
  ENOENT: 'TARGET_MISSING',
  ENOTDIR: 'TARGET_MISSING',
  ENODEV: 'TARGET_MISSING',
  ENXIO: 'TARGET_MISSING',
  EIO: 'TARGET_DAMAGED',
};
const SENTENCES: Partial<Record<BackupErrorCode, string>> = {
  TARGET_FULL: 'the disk is full',
  TARGET_READ_ONLY: 'it cannot be written by this user, or is read-only',
  TARGET_MISSING: 'it is not there: is its disk mounted?',
  TARGET_DAMAGED: 'its disk fails',
};

/** A folder, of a USB disk for example. It must exist, so that a disk that is not mounted is noticed. */
export function folderTarget(path: string): Target {
  const root = resolve(path);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      if (!(await stat(root)).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
      return await work();
    } catch (cause) {
      if (cause instanceof BackupError) throw cause;
      const code = CODES[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'BACKUP_FAILED';
      throw new BackupError(
        code,
        `The folder ${root}: ${SENTENCES[code] ?? (cause as Error).message}.`,
        cause,
      );
    }
  };
  return {
    label: root,
    device: () => guarded(async () => (await stat(root)).dev),
    list: () =>
      guarded(async () => {
        if ((await realDisk.list(root)).includes('meta.json'))
          throw new BackupError(
            'TARGET_REFUSED',
            `${root} is the data of a box: a backup goes into a folder of its own.`,
          );
        return [...(await filesIn(root, '')), ...(await attachmentsIn(root))];
      }),
    put: (name, { path: from, size }) =>
      guarded(async () => {
        const to = join(root, name);
        const temporary = `${to}${UNFINISHED}`;
        if (name.includes('/')) await realDisk.makeFolder(dirname(to));
        await rm(temporary, { force: true });
        try {
          await pipeline(createReadStream(from), createWriteStream(temporary, { flags: 'wx', mode: 0o600 }));
          const file = await open(temporary, 'r+');
          try {
            await file.sync();
            if ((await file.stat()).size !== size)
              throw new BackupError('TARGET_DAMAGED', `${temporary} is not as long as what was written.`);
          } finally {
            await file.close();
          }
          await rename(temporary, to);
          await realDisk.syncFolder(dirname(to));
        } catch (error) {
          await rm(temporary, { force: true }).catch(() => {});
          throw error;
        }
      }),
    get: (name) =>
      guarded(async () => {
        const file = await open(join(root, name), 'r');
        return createReadStream('', { fd: file });
      }),
    remove: (name) => guarded(() => realDisk.remove(join(root, name))),
  };
}

/** The files with names of ours in a folder below the root, without links. */
async function filesIn(root: string, folder: string): Promise<TargetFile[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => (folder === '' ? entry.name : `${folder}/${entry.name}`))
    .filter(isOwnName);
  return Promise.all(
    names.map(async (name) => ({ name, size: (await realDisk.size(join(root, name))) ?? 0 })),
  );
}

async function attachmentsIn(root: string): Promise<TargetFile[]> {
  const entries = await readdir(join(root, 'attachments'), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  const files: TargetFile[] = [];
  for (const entry of entries.filter((one) => one.isDirectory()))
    files.push(...(await filesIn(root, `attachments/${entry.name}`)));
  return files;
}
