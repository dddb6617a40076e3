import { join } from 'node:path';
import { Low } from 'lowdb';
import { v4 as uuid } from 'uuid';
import type { Disk } from '../disk/disk.ts';
import { Mutex } from '../disk/mutex.ts';
import { AtomicWriteBatch, CorruptionError, PageFile } from './page-file.ts';

/** The form of everything in DATA_DIR; migrations.ts leads from each to the next. */
export const FORMAT = 4;
const NAME = 'meta.json';
/** The same once more: whoever loses one of the two loses nothing. */
const COPY = 'meta.copy.json';

/** What pages hold at least: rows of people and of headers, and pages of invitations. */
export type Counts = { users: number; conversations: number; invitePages: number };
export const NO_COUNTS: Counts = { users: 0, conversations: 0, invitePages: 0 };

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
  /** Written after the pages it counts: there may be more, and fewer are a loss. */
  counts: Counts;
  /** The newest journal file whose header is durable, 0 before there was any: it and all that are needed are there. */
  newestJournal: number;
};

export function newMeta(): Meta {
  return {
    version: FORMAT,
    epoch: uuid(),
    checkpoint: { revision: 0, at: 0, journal: 0 },
    counts: NO_COUNTS,
    newestJournal: 0,
  };
}

/**
 * meta.json of a folder, or its copy where that is all that is left; null when there is neither. `note` is called with
 * each of the two that is lost. Before format 4 there was one, and nothing was counted. @throws CorruptionError when both are lost
 */
export async function readMeta(
  disk: Disk,
  folder: string,
  note: (damage: CorruptionError) => void = () => {},
): Promise<Meta | null> {
  const [own, copy] = [await readOne(disk, folder, NAME), await readOne(disk, folder, COPY)];
  const found = isMeta(own) ? own : copy;
  if (own === null && copy === null) return null;
  if (!isMeta(found)) throw isMeta(own) || own === null ? found : own;
  const all = { ...found, counts: found.counts ?? NO_COUNTS, newestJournal: found.newestJournal ?? 0 };
  for (const [name, one] of [[NAME, own] as const, [COPY, copy] as const]) {
    if (one instanceof CorruptionError) note(one);
    if (one === null && all.version >= 4) note(new CorruptionError(join(folder, name), 0, 'it is missing'));
  }
  return all;
}

/** Writes meta.json and its copy, durably. Cut off, either may be the older one: both are true until this has ended. */
export async function writeMeta(disk: Disk, folder: string, meta: Meta): Promise<void> {
  const group = new AtomicWriteBatch(disk);
  for (const name of [COPY, NAME])
    await new Low<Meta>(new PageFile(disk, join(folder, name), group), meta).write();
  await group.publish();
}

/** meta.json of an open database, changed by one at a time: commits begin journal files while a checkpoint is under way. */
export class MetaFile {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly mutex = new Mutex();
  /** As it was last written. */
  now: Meta;

  constructor(disk: Disk, folder: string, now: Meta) {
    this.disk = disk;
    this.folder = folder;
    this.now = now;
  }

  /** Writes it with this part changed. */
  change(part: Partial<Meta>): Promise<void> {
    return this.mutex.runExclusive(async () => {
      const next = { ...this.now, ...part };
      await writeMeta(this.disk, this.folder, next);
      this.now = next;
    });
  }
}

async function readOne(disk: Disk, folder: string, name: string): Promise<Meta | CorruptionError | null> {
  const path = join(folder, name);
  try {
    const found = await new PageFile<Meta>(disk, path).read();
    return found === null || Number.isInteger(found.version)
      ? found
      : new CorruptionError(path, 0, 'it is no meta.json');
  } catch (error) {
    if (error instanceof CorruptionError) return error;
    throw error;
  }
}

function isMeta(found: Meta | CorruptionError | null): found is Meta {
  return found !== null && !(found instanceof CorruptionError);
}
