import { join } from 'node:path';
import { Low } from 'lowdb';
import type { Id } from '../../../wire/wire.ts';
import type { StoredPicture } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import type { State } from '../state/state.ts';
import { CorruptionError, PageFile } from './page-file.ts';

export type PicturePage = { picture: StoredPicture };

/** The pictures of people, one file each. They are read from the disk on demand and not cached. */
export class Pictures {
  private readonly disk: Disk;
  private readonly folder: string;

  constructor(disk: Disk, folder: string) {
    this.disk = disk;
    this.folder = folder;
  }

  /** The picture that `state` names, from memory while it is not in its file. @throws CorruptionError when the file lacks it */
  async read(state: State, userId: Id): Promise<StoredPicture | undefined> {
    for (;;) {
      const named = state.account(userId)?.profile?.picture?.id;
      const unwritten = state.people.picture(userId);
      if (named === undefined || unwritten) return unwritten;
      const found = (await this.file(userId).read())?.picture;
      if (found?.id === named) return found;
      // It may have been replaced or removed during the read.
      if (state.account(userId)?.profile?.picture?.id === named && !state.people.picture(userId)) {
        throw new CorruptionError(this.pathOf(userId), 0, 'it is not the picture that the account names');
      }
    }
  }

  /** Writes a changed picture to its file, or deletes the file of a removed one. */
  async write(state: State, userId: Id): Promise<void> {
    const picture = state.people.picture(userId);
    if (picture) {
      await new Low<PicturePage>(this.file(userId), { picture }).write();
      state.people.markFiled(picture);
    } else if (!state.account(userId)?.profile?.picture) {
      await this.disk.remove(this.pathOf(userId));
      await this.disk.syncFolder(this.folder);
    }
  }

  pathOf(userId: Id): string {
    return join(this.folder, `${userId}.json`);
  }

  private file(userId: Id): PageFile<PicturePage> {
    return new PageFile<PicturePage>(this.disk, this.pathOf(userId));
  }
}
