import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { AttachmentFiles, FileRef } from '../../store.ts';
import { refusalOf } from '../../writer.ts';
import type { Disk } from '../disk/disk.ts';

/** The name of a file that still grows ends with this. */
export const UNFINISHED = '.part';

/**
 * The sealed bytes of files: `attachments/<conversation>/<id>`, one file each, which is written once. Writes to one file
 * must not overlap; callers order them.
 */
export class AttachmentFolder implements AttachmentFiles {
  private readonly disk: Disk;
  private readonly folder: string;

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.folder = folder;
  }

  async size(ref: FileRef): Promise<number> {
    return (await this.disk.size(this.path(ref))) ?? (await this.disk.size(this.unfinished(ref))) ?? 0;
  }

  async isFinished(ref: FileRef): Promise<boolean> {
    return (await this.disk.size(this.path(ref))) !== undefined;
  }

  write(ref: FileRef, offset: number, bytes: Uint8Array): Promise<void> {
    return refusing(async () => {
      const path = this.unfinished(ref);
      const isNew = (await this.disk.size(path)) === undefined;
      if (isNew) await this.disk.makeFolder(this.folderOf(ref));
      const file = await this.disk.open(path, isNew ? 'create' : 'update');
      try {
        await file.write(bytes, offset);
        await file.sync();
      } finally {
        await file.close();
      }
      if (isNew) await this.disk.syncFolder(this.folderOf(ref));
    });
  }

  finish(ref: FileRef): Promise<void> {
    return refusing(async () => {
      if (await this.isFinished(ref)) return;
      await this.disk.rename(this.unfinished(ref), this.path(ref));
      await this.disk.syncFolder(this.folderOf(ref));
    });
  }

  async read(ref: FileRef, offset: number, length: number): Promise<Buffer | undefined> {
    return (
      (await this.disk.readRange(this.path(ref), offset, length)) ??
      (await this.disk.readRange(this.unfinished(ref), offset, length))
    );
  }

  async remove(ref: FileRef): Promise<void> {
    for (const path of [this.path(ref), this.unfinished(ref)]) {
      if ((await this.disk.size(path)) === undefined) continue;
      await this.disk.remove(path);
      await this.disk.syncFolder(this.folderOf(ref));
    }
  }

  /** Removes all files of a conversation. */
  async removeAll(conversationId: Id): Promise<void> {
    const folder = join(this.folder, conversationId);
    const names = await this.disk.list(folder);
    if (names.length === 0) return;
    for (const name of names) await this.disk.remove(join(folder, name));
    await this.disk.syncFolder(folder);
  }

  freeBytes(): Promise<number> {
    return this.disk.freeBytes(this.folder);
  }

  private folderOf({ conversationId }: FileRef): string {
    return join(this.folder, conversationId);
  }

  private path(ref: FileRef): string {
    return join(this.folderOf(ref), ref.id);
  }

  private unfinished(ref: FileRef): string {
    return `${this.path(ref)}${UNFINISHED}`;
  }
}

/** Turns an error of the disk into the refusal that the client may read. */
async function refusing(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw refusalOf(cause);
  }
}
