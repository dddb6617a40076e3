import { join } from 'node:path';
import { Low } from 'lowdb';
import { v4 as uuid } from 'uuid';
import type { OffTime } from '../../../off-time.ts';
import type { StoredSettings } from '../../../wire/wire.ts';
import type { Position } from '../../rollback-counter.ts';
import type { Catalog, Epoch } from '../disk/authenticator.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { Mutex } from '../disk/mutex.ts';
import { AtomicWriteBatch, CorruptionError, FORMAT, PageFile } from './page-file.ts';

const NAME = 'meta.json';
/** A copy, so that the loss of one of the two files loses nothing. */
const COPY = 'meta.copy.json';

/** The least number of account rows, header rows, invite pages and upload pages on the disk. */
export type Counts = { users: number; conversations: number; invitePages: number; uploadPages: number };
export const NO_COUNTS: Counts = { users: 0, conversations: 0, invitePages: 0, uploadPages: 0 };

/** The content of meta.json: what the pages contain, and where the journal continues. */
export type Meta = {
  version: number;
  /** Identifies the history of this box in cursors. */
  epoch: string;
  checkpoint: {
    /** Everything up to this revision is in pages, except for tails, which are in the journal. */
    revision: number;
    /** The time of that commit on the time line of the box, and by its wall clock if that differs. */
    at: number;
    clock?: number;
    /** The first journal file that is still needed, 0 before the first one. */
    journal: number;
    /** Older or spare journal files may still contain content that has to be erased. */
    erasing?: true;
  };
  /** Written after the pages it counts: more rows are possible, fewer are a loss. */
  counts: Counts;
  /** The newest journal file whose header is durable, 0 before the first one. It must exist. */
  newestJournal: number;
  /** The revision at which each page of rows was written: an older one is refused. */
  pages?: Catalog;
  /** Earlier histories, whose pages and journal files are authentic up to the revision at which they ended. */
  former?: Epoch[];
  /** From which format and at which revision the database was authenticated as it was. */
  adopted?: { format: number; revision: number };
  /**
   * What cipher-service may remember of this history, newest first, null for nothing: written before it is reported there.
   * Absent in databases of versions that reported nothing.
   */
  reported?: (Position | null)[];
  /** Histories that a restore put this one in the place of, besides the `former`. */
  replaced?: string[];
  /** The key with which everything is sealed; absent while it is unknown. `rotate-keys` reads it here. */
  sealedWith?: string;
  /** What owners have set, instead of the environment. */
  settings?: StoredSettings;
  /** Times for which starts counted the box as off, and that are not confirmed or were wrong. */
  offTimes?: readonly OffTime[];
};

export function newMeta(): Meta {
  return {
    version: FORMAT,
    epoch: uuid(),
    checkpoint: { revision: 0, at: 0, journal: 0 },
    counts: NO_COUNTS,
    newestJournal: 0,
    reported: [null],
  };
}

/** Begins another history at a revision, of a database that is put back or taken as it is. */
export function beginHistory(meta: Meta, revision: number, replaced: string[] = []): Meta {
  const { replaced: _, ...rest } = meta;
  const next: Meta = { ...rest, epoch: uuid(), former: endHistory(meta, revision), reported: [null] };
  return replaced.length > 0 ? { ...next, replaced } : next;
}

/**
 * Reads meta.json of a folder, or its copy if only that is left; null when there is neither. `onDamage` is called for
 * each of the two that is lost. Before format 4 there was no copy and no count. @throws CorruptionError when both are lost
 */
export async function readMeta(
  disk: KeyedDisk,
  folder: string,
  onDamage: (damage: CorruptionError) => void = () => {},
): Promise<Meta | null> {
  const [own, copy] = [await readOne(disk, folder, NAME), await readOne(disk, folder, COPY)];
  const found = isMeta(own) ? own : copy;
  if (own === null && copy === null) return null;
  if (!isMeta(found)) throw isMeta(own) || own === null ? found : own;
  const all = {
    ...found,
    counts: { ...NO_COUNTS, ...found.counts },
    newestJournal: found.newestJournal ?? 0,
  };
  for (const [name, one] of [[NAME, own] as const, [COPY, copy] as const]) {
    if (one instanceof CorruptionError) onDamage(one);
    if (one === null && all.version >= 4)
      onDamage(new CorruptionError(join(folder, name), 0, 'it is missing'));
  }
  return all;
}

/** Writes meta.json and its copy durably. If it is interrupted, either may be the older one, and both are valid. */
export async function writeMeta(disk: KeyedDisk, folder: string, meta: Meta): Promise<void> {
  const batch = new AtomicWriteBatch(disk);
  for (const name of [COPY, NAME])
    await new Low<Meta>(new PageFile(disk, join(folder, name), batch), meta).write();
  await batch.publish();
}

/** meta.json of an open database. A mutex orders its writers: commits start journal files during a checkpoint. */
export class MetaFile {
  private readonly disk: KeyedDisk;
  private readonly folder: string;
  private readonly mutex = new Mutex();
  /** The last written content. */
  current: Meta;

  constructor(disk: KeyedDisk, folder: string, current: Meta) {
    this.disk = disk;
    this.folder = folder;
    this.current = current;
  }

  /** Changes these fields, or those that a function of the current ones returns, and writes the file; undefined: it does not. */
  change(input: Partial<Meta> | ((current: Meta) => Partial<Meta> | undefined)): Promise<void> {
    return this.mutex.runExclusive(async () => {
      const part = typeof input === 'function' ? input(this.current) : input;
      if (!part) return;
      const next = { ...this.current, ...part };
      await writeMeta(this.disk, this.folder, next);
      this.current = next;
    });
  }
}

async function readOne(
  disk: KeyedDisk,
  folder: string,
  name: string,
): Promise<Meta | CorruptionError | null> {
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

/** The earlier histories of a database whose history ends at a revision, because a restore or a repair begins the next. */
export function endHistory({ epoch, former = [] }: Meta, until: number): Epoch[] {
  return [{ epoch, until }, ...former.map((one) => ({ ...one, until: Math.min(one.until, until) }))];
}

function isMeta(found: Meta | CorruptionError | null): found is Meta {
  return found !== null && !(found instanceof CorruptionError);
}
