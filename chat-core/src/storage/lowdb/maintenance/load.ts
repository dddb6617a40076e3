import { join } from 'node:path';
import type { Stamp } from '../../../clock.ts';
import type { Id } from '../../../wire/wire.ts';
import { FORGED } from '../disk/authenticator.ts';
import type { Disk, Warn } from '../disk/disk.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { type Journal, journalNumber } from '../journal/journal.ts';
import { type Meta, MetaFile, newMeta, readMeta, writeMeta } from '../pages/meta.ts';
import { CorruptionError, LAST_UNAUTHENTICATED } from '../pages/page-file.ts';
import type { State } from '../state/state.ts';
import { migrate } from './migrations.ts';
import { readState } from './read-state.ts';

/** A file that exists in DATA_DIR while a restore replaces the database. */
export const RESTORING = 'restoring';

export type Loaded = {
  meta: MetaFile;
  state: State;
  journal: Journal;
  revision: number;
  /** The code of the newest line of the journal, if there is one. */
  code: string | undefined;
  /** The time of the newest commit. */
  last: Stamp;
  /** Time of the oldest commit whose replaced content may still be on the disk, on the time line of the box. */
  eraseSince: number | undefined;
};

/**
 * Loads a folder into memory: pages of people and headers, then the journal over them. Creates a database in an empty
 * folder, and migrates an older format; `isReadOnly` leaves it without authentication. @throws CorruptionError
 */
export async function load(
  disk: KeyedDisk,
  folder: string,
  { fileBytes, warn, isReadOnly }: { fileBytes: number | undefined; warn: Warn; isReadOnly?: true },
): Promise<Loaded> {
  for (const name of [
    '',
    'users',
    'pictures',
    'conversations',
    'invites',
    'uploads',
    'messages',
    'attachments',
    'journal',
  ]) {
    await disk.makeFolder(join(folder, name));
    // A killed process may have left names that are visible but not durable yet.
    await disk.syncFolder(join(folder, name));
  }
  if (await disk.read(join(folder, RESTORING))) {
    throw new Error(`A restore of ${folder} was cut off: do it again with npm run restore.`);
  }
  await migrate(disk, folder, warn, isReadOnly && LAST_UNAUTHENTICATED);
  let isMetaDamaged = false;
  const meta =
    (await readMeta(disk, folder, (damage) => {
      if (damage.what === FORGED) throw damage;
      warn('one of meta.json and its copy was lost: it is written again from the other', {
        error: damage.message,
      });
      isMetaDamaged = true;
    })) ?? (await createMeta(disk, folder));
  const file = new MetaFile(disk, folder, meta);
  const { state, journal, revision, code, last, torn, replacedAt } = await readState(
    disk,
    folder,
    meta,
    fileBytes,
  );
  if (torn) warn('a torn end of the journal was cut: nothing in it was acknowledged', torn);
  let eraseSince = meta.checkpoint.erasing ? meta.checkpoint.at : replacedAt;
  for (const id of [...state.unerased]) {
    const places = await Promise.all(
      ['messages', 'attachments'].map((name) => disk.list(join(folder, name, id))),
    );
    if (places.flat().length === 0) state.unerased.delete(id);
    else eraseSince ??= last.at;
  }
  const orphans = await orphansIn(
    disk,
    join(folder, 'messages'),
    (id) => state.conversationState(id) !== undefined,
  );
  if (orphans.length > 0)
    warn('there are messages of conversations that nothing names: run npm run verify', { folders: orphans });
  const newestJournal = Math.max(meta.newestJournal, journal.starts().at(-1)?.[0] ?? 0);
  if (isMetaDamaged || newestJournal > meta.newestJournal) await file.change({ newestJournal });
  journal.onFile = (number) => file.change({ newestJournal: number });
  const released = (await disk.list(join(folder, 'journal'))).filter(
    (name) => (journalNumber(name) ?? meta.checkpoint.journal) < meta.checkpoint.journal,
  );
  await journal.reuse(released);
  return { meta: file, state, journal, revision, code, last, eraseSince };
}

async function createMeta(disk: KeyedDisk, folder: string): Promise<Meta> {
  const leftovers = await Promise.all(
    ['users', 'conversations', 'journal'].map((name) => disk.list(join(folder, name))),
  );
  if (leftovers.flat().some((name) => /^\d+\.jsonl?$/.test(name))) {
    throw new CorruptionError(join(folder, 'meta.json'), 0, 'it is missing beside data');
  }
  const meta = newMeta();
  await writeMeta(disk, folder, meta);
  return meta;
}

/** Conversations that have message pages and no header: the page with their header was lost. */
export async function orphansIn(disk: Disk, messages: string, isKnown: (id: Id) => boolean): Promise<Id[]> {
  const orphans: Id[] = [];
  for (const id of (await disk.list(messages)).filter((name) => !isKnown(name))) {
    const names = await disk.list(join(messages, id)).catch(() => []);
    if (names.some((name) => /^\d{4,}\.json$/.test(name))) orphans.push(id);
  }
  return orphans;
}
