import { join } from 'node:path';
import { ApiError } from '../../../errors.ts';
import type { Id } from '../../../wire/wire.ts';
import type { SharedFiles } from '../../attachment-files.ts';
import type { FileRef } from '../../store.ts';
import { refusalOf } from '../../writer.ts';
import type { Disk, DiskSpace } from '../disk/disk.ts';

/** The name of a file that still grows ends with this. */
export const UNFINISHED = '.part';

/** The sealed bytes of files: `attachments/<conversation>/<id>`, one file each, which is written once. */
export class AttachmentFolder implements SharedFiles {
  private readonly disk: Disk;
  private readonly folder: string;
  /** Where the durable bytes of unfinished files end that were written here: a failed write may leave more. */
  private readonly ends = new Map<string, number>();
  /** By conversation, how often the names in its folder changed, and up to which change they are durable. */
  private readonly names = new Map<Id, { changes: number; synced: number }>();

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.folder = folder;
  }

  async size(ref: FileRef): Promise<number> {
    // In this order: a file that is finished meanwhile is found under its second name.
    return (await this.unfinishedSize(ref)) ?? (await this.disk.size(this.path(ref))) ?? 0;
  }

  async isFinished(ref: FileRef): Promise<boolean> {
    if ((await this.disk.size(this.path(ref))) === undefined) return false;
    await refusing(() => this.settleNames(ref.conversationId));
    return true;
  }

  async write(ref: FileRef, offset: number, bytes: Uint8Array): Promise<void> {
    const size = await this.unfinishedSize(ref);
    if (size === undefined && (await this.isFinished(ref)))
      throw new Error('a finished file does not change');
    if (offset > (size ?? 0)) throw new Error('a file has no holes');
    const path = this.unfinished(ref);
    await refusing(async () => {
      if (size === undefined) await this.disk.makeFolder(this.folderOf(ref));
      const file =
        size === undefined
          ? await this.changeNames(ref.conversationId, () => this.disk.open(path, 'create'))
          : await this.disk.open(path, 'update');
      try {
        this.ends.set(path, offset);
        await file.write(bytes, offset);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.settleNames(ref.conversationId);
      this.ends.set(path, offset + bytes.length);
    });
  }

  finish(ref: FileRef): Promise<void> {
    return refusing(async () => {
      if (await this.isFinished(ref)) return;
      const path = this.unfinished(ref);
      if ((await this.disk.size(path)) !== (await this.unfinishedSize(ref)))
        throw new Error('the last write failed: repeat it first');
      // A killed process may have written bytes that it did not sync.
      const file = await this.disk.open(path, 'update');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await this.changeNames(ref.conversationId, () => this.disk.rename(path, this.path(ref)));
      this.ends.delete(path);
      await this.settleNames(ref.conversationId);
    });
  }

  async read(ref: FileRef, offset: number, length: number): Promise<Buffer | undefined> {
    const finished = () => this.disk.readRange(this.path(ref), offset, length);
    const found = await finished();
    if (found) return found;
    const size = await this.unfinishedSize(ref);
    const bytes =
      size !== undefined &&
      (await this.disk.readRange(this.unfinished(ref), offset, Math.max(0, Math.min(length, size - offset))));
    // It may have been finished meanwhile.
    return bytes || finished();
  }

  remove(ref: FileRef): Promise<void> {
    return refusing(async () => {
      for (const path of [this.unfinished(ref), this.path(ref)]) {
        if ((await this.disk.size(path)) === undefined) continue;
        await this.changeNames(ref.conversationId, () => this.disk.remove(path));
      }
      this.ends.delete(this.unfinished(ref));
      await this.settleNames(ref.conversationId);
    });
  }

  /** Removes all files of a conversation. */
  async removeAll(conversationId: Id): Promise<void> {
    const folder = join(this.folder, conversationId);
    const names = await this.disk.list(folder);
    if (names.length === 0) return;
    for (const name of names) {
      await this.changeNames(conversationId, () => this.disk.remove(join(folder, name)));
      this.ends.delete(join(folder, name));
    }
    await this.settleNames(conversationId);
  }

  /** All files, finished or not, those of one conversation at a time. */
  async *list(): AsyncGenerator<FileRef[]> {
    for (const conversationId of await this.disk.list(this.folder)) {
      const names = await this.disk.list(join(this.folder, conversationId)).catch(() => []);
      const ids = new Set(names.map((name) => name.replace(UNFINISHED, '')));
      yield [...ids].map((id) => ({ conversationId, id }));
    }
  }

  space(): Promise<DiskSpace> {
    return this.disk.space(this.folder);
  }

  /** The bytes of an unfinished file that may be read, undefined without one. */
  private async unfinishedSize(ref: FileRef): Promise<number | undefined> {
    const path = this.unfinished(ref);
    const size = await this.disk.size(path);
    return size === undefined ? undefined : Math.min(size, this.ends.get(path) ?? size);
  }

  private async changeNames<T>(conversationId: Id, change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } finally {
      this.namesOf(conversationId).changes += 1;
    }
  }

  /** Makes the names in the folder of a conversation durable, if there is one. */
  private async settleNames(conversationId: Id): Promise<void> {
    const names = this.namesOf(conversationId);
    const { changes } = names;
    if (names.synced === changes) return;
    try {
      await this.disk.syncFolder(join(this.folder, conversationId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    names.synced = Math.max(names.synced, changes);
  }

  private namesOf(conversationId: Id): { changes: number; synced: number } {
    // A killed process may have left names that are visible and not durable yet: they count as the first change.
    const names = this.names.get(conversationId) ?? { changes: 1, synced: 0 };
    this.names.set(conversationId, names);
    return names;
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
    const isOfDisk = !(cause instanceof ApiError) && (cause as NodeJS.ErrnoException).code !== undefined;
    throw isOfDisk ? refusalOf(cause) : cause;
  }
}
