import { join } from 'node:path';
import { Low } from 'lowdb';
import { v4 as uuid } from 'uuid';
import type { Disk } from './disk.ts';
import { PageFile } from './page-file.ts';

/** The form of everything in DATA_DIR; migrations.ts leads from each to the next. */
export const FORMAT = 3;

/** meta.json: what the pages hold, and where the journal goes on from there. */
export type Meta = {
  version: number;
  /** Names this box's history in cursors. */
  epoch: string;
  checkpoint: {
    /** Everything up to this revision is in pages, but for the tails the journal keeps. */
    revision: number;
    /** When that commit was made, on the time line of the box, and by its wall clock where that differs. */
    at: number;
    clock?: number;
    /** The first journal file that is still needed, 0 before there was any. */
    journal: number;
    /** Files of the journal before it, or spare ones, may hold what was to be erased. */
    erasing?: true;
  };
};

export function newMeta(): Meta {
  return { version: FORMAT, epoch: uuid(), checkpoint: { revision: 0, at: 0, journal: 0 } };
}

/** meta.json of a folder, null when it holds no database of this form. */
export function readMeta(disk: Disk, folder: string): Promise<Meta | null> {
  return new PageFile<Meta>(disk, join(folder, 'meta.json')).read();
}

export async function writeMeta(disk: Disk, folder: string, meta: Meta): Promise<void> {
  await new Low<Meta>(new PageFile(disk, join(folder, 'meta.json')), meta).write();
}
