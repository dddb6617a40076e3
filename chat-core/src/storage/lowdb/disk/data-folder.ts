import { constants, existsSync, statSync } from 'node:fs';
import { access, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { realDisk, type Warn } from './disk.ts';

/** What a folder of ours may hold: a database, the seed's file, the lock, and what restores and repairs leave. */
const OURS =
  /^(meta(\.copy)?\.json|db\.json.*|users|pictures|conversations|invites|messages|journal|lock(\..*)?|restoring|restore\.lock.*|(before-)?restore-.*|damaged-.*)$/;
/** What a new file system or a file manager puts into an empty folder. */
const INCIDENTAL = /^(lost\+found|\..*)$/;

/** What an error of the system means for a folder, and what to do about it. */
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
const CURE = 'or set DATA_DIR to another folder';

/**
 * Makes DATA_DIR, for this user alone, or takes one that is there as it is: its mode is never changed, and other
 * things in it are never mixed with a database. @throws a sentence that names the variable, the folder and the cure
 */
export async function prepareDataFolder(folder: string, warn: Warn = () => {}): Promise<void> {
  try {
    if (!(await isThere(folder))) return await make(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = await readdir(folder);
    const foreign = names.filter((name) => !OURS.test(name) && !INCIDENTAL.test(name));
    if (names.every((name) => !OURS.test(name)) && (await areOthers(folder, foreign)))
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

/** An error of the system about something in DATA_DIR, as a sentence that names the variable; others as they are. */
export function dataFolderError(folder: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const reason = REASONS[code] ?? `cannot be used (${code})`;
  return new Error(`DATA_DIR ${folder} ${reason}, ${CURE}.`, { cause: error });
}

/** Node says of a folder it cannot make below one that can only be read, that this one is not there. */
async function make(folder: string): Promise<void> {
  try {
    await realDisk.makeFolder(folder);
  } catch (error) {
    let above = dirname(resolve(folder));
    while (!existsSync(above)) above = dirname(above);
    if ((await stat(above)).isDirectory()) await access(above, constants.W_OK | constants.X_OK);
    throw error;
  }
}

/** @throws a sentence for a link that leads nowhere, and for what is no folder */
async function isThere(folder: string): Promise<boolean> {
  try {
    if ((await stat(folder)).isDirectory()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const link = await lstat(folder).catch(() => undefined);
    if (!link) return false;
    throw new Error(`DATA_DIR ${folder} is a link to a folder that is not there: make that one, ${CURE}.`);
  }
  throw new Error(`DATA_DIR ${folder} is a file and no folder: move it away, ${CURE}.`);
}

/** Whether there is anything but keys of ours, which may lie beside the data or below it. */
async function areOthers(folder: string, names: string[]): Promise<boolean> {
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

/** Root becomes this user for what it does to a folder. */
export type Owner = { uid: number; gid: number };

/**
 * Whoever owns a box's folder goes on owning all of it: root becomes that user before it touches anything, for as long as
 * this process lives. What it wrote as root the box could not open afterwards, and root must follow no link in a
 * folder that another user may write to. @returns whom it became, if anybody
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
