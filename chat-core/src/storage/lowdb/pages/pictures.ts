import { join } from 'node:path';
import { Low } from 'lowdb';
import type { Id } from '../../../wire/wire.ts';
import type { StoredPicture } from '../../store.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { zeroFill } from '../disk/zero-fill.ts';
import type { State } from '../state/state.ts';
import { CorruptionError, PageFile } from './page-file.ts';

export type PicturePage = { picture: StoredPicture };

/** The pictures of people and groups, one file each. They are read from the disk on demand and not cached. */
export class Pictures {
  private readonly disk: KeyedDisk;
  private readonly folder: string;

  constructor(disk: KeyedDisk, folder: string) {
    this.disk = disk;
    this.folder = folder;
  }

  /** The picture that `state` names, from memory while it is not in its file. @throws CorruptionError when the file lacks it */
  async read(state: State, id: Id): Promise<StoredPicture | undefined> {
    for (;;) {
      const named = state.pictureIdOf(id);
      const unwritten = state.people.picture(id);
      if (named === undefined || unwritten) return unwritten;
      const found = await this.readFile(id, () => state.pictureIdOf(id) === named);
      if (found?.id === named) return found;
      // It may have been replaced or removed during the read.
      if (state.pictureIdOf(id) === named && !state.people.picture(id)) {
        throw new CorruptionError(
          this.pathOf(id),
          0,
          'it is not the picture that the account or group names',
        );
      }
    }
  }

  /** Writes a changed picture to its file, or erases the file of a removed one. */
  async write(state: State, id: Id): Promise<void> {
    const picture = state.people.picture(id);
    if (picture) {
      await new Low<PicturePage>(this.file(id), { picture }).write();
      state.people.markFiled(picture);
    } else if (state.pictureIdOf(id) === undefined) {
      await zeroFill(this.disk, this.pathOf(id));
      await this.disk.remove(this.pathOf(id));
      await this.disk.syncFolder(this.folder);
    }
  }

  pathOf(id: Id): string {
    return join(this.folder, `${id}.json`);
  }

  /** The picture in its file. A file that is erased during the read is not damaged. */
  private async readFile(id: Id, isNamed: () => boolean): Promise<StoredPicture | undefined> {
    try {
      return (await this.file(id).read())?.picture;
    } catch (error) {
      if (error instanceof CorruptionError && !isNamed()) return undefined;
      throw error;
    }
  }

  private file(id: Id): PageFile<PicturePage> {
    return new PageFile<PicturePage>(this.disk, this.pathOf(id));
  }
}
