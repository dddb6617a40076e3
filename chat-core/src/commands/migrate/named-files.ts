import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sealedOffset } from '../../cipher/cipher.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { UNFINISHED } from '../../storage/lowdb/pages/attachment-folder.ts';
import type { FileOfMessage } from '../../storage/lowdb/repair/integrity-scan-files.ts';
import type { FileRef, StoredMessage, UploadRow } from '../../storage/store.ts';
import { type CopiedFiles, copyThrough } from './copy-through.ts';
import type { FilesPlace } from './files-place.ts';

/** The name of a copy until it is durable. */
const MOVING = '.moving';

/** The files that messages name, gathered as the messages are read. */
export class NamedFiles {
  readonly files: FileOfMessage[] = [];

  /** Keeps of a message only what opens its files. */
  add(rows: StoredMessage[]): void {
    for (const { attachments, reactions: _, poll: __, ...row } of rows) {
      for (const file of attachments ?? [])
        if (!file.lost) this.files.push({ row: { ...row, content: '' }, file });
    }
  }
}

/**
 * Copies the sealed files of messages and uploads from one place to another, durably; what an earlier copy brought stays.
 * With the same place it only looks for them.
 * @throws ApiError STORAGE_UNAVAILABLE, DISK_FULL, or an error of the disk
 */
export async function copyFiles(
  from: FilesPlace,
  to: FilesPlace,
  named: NamedFiles,
  uploads: UploadRow[],
): Promise<CopiedFiles> {
  const isInFolders = from.folder !== undefined && to.folder !== undefined;
  return isInFolders
    ? copyFolder(from.folder as string, to.folder as string, named, uploads)
    : copyThrough(from.files, to.files, named.files, uploads);
}

async function copyFolder(
  from: string,
  to: string,
  { files }: NamedFiles,
  uploads: UploadRow[],
): Promise<CopiedFiles> {
  const done: CopiedFiles = { copied: 0, bytes: 0, missing: 0 };
  const folders = new Set<string>();
  const copy = async ({ conversationId }: FileRef, name: string, size: number) => {
    if (to === from) return;
    const folder = join(to, conversationId);
    const path = join(folder, name);
    // A finished file never changes; an unfinished one may have grown.
    if (!name.endsWith(UNFINISHED) && (await realDisk.size(path)) === size) return;
    if (!folders.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
    folders.add(folder);
    await copyDurably(join(from, conversationId, name), path);
    done.copied += 1;
    done.bytes += size;
  };
  for (const { row, file } of files) {
    const size = await realDisk.size(join(from, row.conversationId, file.id));
    if (size === sealedOffset(file.size)) await copy(row, file.id, size);
    else done.missing += 1;
  }
  for (const upload of uploads) {
    for (const name of [upload.id, upload.id + UNFINISHED]) {
      const size = await realDisk.size(join(from, upload.conversationId, name));
      if (size !== undefined) await copy(upload, name, size);
    }
  }
  for (const folder of folders) await realDisk.syncFolder(folder);
  if (folders.size > 0) await realDisk.syncFolder(to);
  return done;
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to + MOVING, constants.COPYFILE_FICLONE);
  const file = await open(to + MOVING, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(to + MOVING, to);
}

/** Whether a path is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
