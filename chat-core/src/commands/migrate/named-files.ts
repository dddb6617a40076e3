import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sealedOffset } from '../../cipher/cipher.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { UNFINISHED } from '../../storage/lowdb/pages/attachment-folder.ts';
import type { FileOfMessage } from '../../storage/lowdb/repair/integrity-scan-files.ts';
import type { FileRef, StoredMessage, UploadRow } from '../../storage/store.ts';

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

/** `missing` files of messages are not there with their size. */
export type CopiedFiles = { copied: number; bytes: number; missing: number };

/**
 * Copies the sealed files of messages and uploads from one folder into another, durably; what an earlier copy brought stays.
 * With the same folder, or none, it only looks for them.
 */
export async function copyFiles(
  from: string,
  to: string | undefined,
  { files }: NamedFiles,
  uploads: UploadRow[],
): Promise<CopiedFiles> {
  const done: CopiedFiles = { copied: 0, bytes: 0, missing: 0 };
  const folders = new Set<string>();
  const copy = async ({ conversationId }: FileRef, name: string, size: number) => {
    if (to === undefined || to === from) return;
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
  if (to !== undefined && folders.size > 0) await realDisk.syncFolder(to);
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
