import { constants, existsSync, statSync } from 'node:fs';
import { access, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { realDisk, type Warn } from './disk.ts';

/** Names that belong to Bisik: a database, the seed's file, the lock, and folders of restores and repairs. */
const OWN_NAMES =
  /^(meta(\.copy)?\.json|db\.json.*|users|pictures|conversations|invites|uploads|messages|attachments|journal|reserve|lock(\..*)?|restoring|restore\.lock.*|(before-)?restore-.*|damaged-.*)$/;
/** Names that a new file system or a file manager creates in an empty folder. */
const INCIDENTAL_NAMES = /^(lost\+found|audit|\..*)$/;

/** By error code: what the error means for a folder, and the remedy. */
const REASONS: Record<string, string> = {
  ENOENT: 'is not there and cannot be made',
  ENOTDIR: 'is no folder, or lies below a file',
  EEXIST: 'is no folder, or lies below a file',
  EACCES: 'may not be read or written by this user: give it to this user (chown)',
  EPERM: 'may not be changed by this user: give it to this user (chown)',
  EROFS: 'can only be read: mount its file system writable',
  ENOSPC: 'lies on a full disk: make room on it',
  EDQUOT: 'lies on a disk whose quota is used up: make room on it',
  ELOOP: 'is a link that leads back to itself',
  ENAMETOOLONG: 'has too long a path',
  EIO: 'lies on a disk that fails',
};
const REMEDY = 'or set DATA_DIR to another folder';

/**
 * Creates DATA_DIR, for this user only, or accepts an existing folder: its mode never changes, and a folder with other
 * files is refused. @throws a sentence that names the variable, the folder and the remedy
 */
export async function prepareDataFolder(folder: string, warn: Warn = () => {}): Promise<void> {
  try {
    if (!(await isThere(folder))) return await createFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = await readdir(folder);
    const foreign = names.filter((name) => !OWN_NAMES.test(name) && !INCIDENTAL_NAMES.test(name));
    if (names.every((name) => !OWN_NAMES.test(name)) && (await hasForeignFiles(folder, foreign)))
      throw new Error(
        `DATA_DIR ${folder} holds other things and no database of Bisik: set DATA_DIR to a folder that is new or empty.`,
      );
    const mode = (await stat(folder)).mode & 0o777;
    if ((mode & 0o077) !== 0)
      warn('DATA_DIR can be entered by other users of this machine: chmod 700', {
        folder,
        mode: mode.toString(8),
      });
  } catch (error) {
    throw dataFolderError(folder, error);
  }
}

/** Turns a system error about DATA_DIR into a sentence that names the variable. Returns other errors unchanged. */
export function dataFolderError(folder: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const reason = REASONS[code] ?? `cannot be used (${code})`;
  return new Error(`DATA_DIR ${folder} ${reason}, ${REMEDY}.`, { cause: error });
}

/** Creates the folder. In a read-only folder Node reports ENOENT, so the access check reports the real error. */
async function createFolder(folder: string): Promise<void> {
  try {
    await realDisk.makeFolder(folder);
  } catch (error) {
    let above = dirname(resolve(folder));
    while (!existsSync(above)) above = dirname(above);
    if ((await stat(above)).isDirectory()) await access(above, constants.W_OK | constants.X_OK);
    throw error;
  }
}

/** Whether the folder exists. @throws a sentence for a dangling link, and for a file */
async function isThere(folder: string): Promise<boolean> {
  try {
    if ((await stat(folder)).isDirectory()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const link = await lstat(folder).catch(() => undefined);
    if (!link) return false;
    throw new Error(`DATA_DIR ${folder} is a link to a folder that is not there: make that one, ${REMEDY}.`);
  }
  throw new Error(`DATA_DIR ${folder} is a file and no folder: move it away, ${REMEDY}.`);
}

/** Whether any name is not a key folder of Bisik, which may be beside the data or below it. */
async function hasForeignFiles(folder: string, names: string[]): Promise<boolean> {
  const isKeys = (path: string) =>
    stat(join(path, 'cipher', 'keyring.json')).then(
      () => true,
      () => false,
    );
  const beside = await isKeys(folder);
  for (const name of names) {
    if (beside && ['cipher', 'core'].includes(name)) continue;
    if (!(await isKeys(join(folder, name)))) return true;
  }
  return false;
}

/** The user that a process of root becomes. */
export type Owner = { uid: number; gid: number };

/**
 * Changes the user of a root process to the owner of the box's folder, for the rest of its life. The box could not open
 * files written by root, and root must not follow links in a folder that another user may write to.
 * @returns the new user, undefined when it did not change
 */
export function becomeOwner(folder: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid = 0, gid = 0 } = statSync(folder, { throwIfNoEntry: false }) ?? {};
  if (uid === 0) return undefined;
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  return { uid, gid };
}
