import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Creates a folder (absolute path) and its parents with mode 0700, or sets the mode of an existing one, durably. */
export function ownFolder(path: string): void {
  const created = mkdirSync(path, { recursive: true, mode: 0o700 });
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  if (created === undefined) return;
  for (let child = path; child !== dirname(created); child = dirname(child)) syncFolder(dirname(child));
}

/**
 * Writes a file of mode 0600 so that after a power failure it is complete or absent: temporary file, fsync, an atomic
 * link to its name, fsync of the folder.
 * @returns false when the name exists already; that file does not change
 */
export function placeFile(path: string, bytes: string | Uint8Array): boolean {
  if (existsSync(path)) return false;
  const temp = `${path}.${randomUUID()}.tmp`;
  writeSynced(temp, bytes);
  try {
    // link, because rename would replace a file of another set-up that runs at the same time.
    linkSync(temp, path);
  } catch (error) {
    if (existsSync(path)) return false;
    throw error;
  } finally {
    rmSync(temp, { force: true });
  }
  syncFolder(dirname(path));
  return true;
}

/**
 * Replaces a file of mode 0600, so that after a power failure it is the old one or the new one, whole. The new one belongs
 * to the owner of the old one.
 */
export function replaceFile(path: string, bytes: string | Uint8Array): void {
  const { uid, gid } = statSync(path);
  const temp = `${path}.${randomUUID()}.tmp`;
  try {
    writeSynced(temp, bytes);
    if (statSync(temp).uid !== uid) chownSync(temp, uid, gid);
    renameSync(temp, path);
  } catch (error) {
    rmSync(temp, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Like replaceFile without blocking the process, also where there is no file yet. */
export async function putFile(path: string, bytes: string | Uint8Array): Promise<void> {
  const temp = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temp, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temp, path);
  } catch (error) {
    await rm(temp, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

/** Removes a file durably. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
  syncFolder(dirname(path));
}

/** Removes the temporary files that a power failure left in a folder. */
export function sweepTemporary(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
}

function writeSynced(path: string, bytes: string | Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
