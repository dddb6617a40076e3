import { join } from 'node:path';
import type { Stamp } from '../../../clock.ts';
import type { Id } from '../../../wire/wire.ts';
import { type Changes, isDeletedGroup } from '../../rows.ts';
import type { StoredInvite, StoredMessage, UploadRow } from '../../store.ts';
import type { Disk, Warn } from '../disk/disk.ts';
import { type Journal, journalNumber } from '../journal/journal.ts';
import type { JournalRecord } from '../journal/journal-record.ts';
import { replay } from '../journal/replay.ts';
import { type Counts, type Meta, MetaFile, newMeta, readMeta, writeMeta } from '../pages/meta.ts';
import { CorruptionError } from '../pages/page-file.ts';
import { pagesFor, rowFile, rowsOf } from '../pages/row-pages.ts';
import type { PagedHeader } from '../state/conversation-state.ts';
import type { PagedAccount } from '../state/people-state.ts';
import { State } from '../state/state.ts';
import { migrate } from './migrations.ts';

/** A file that exists in DATA_DIR while a restore replaces the database. */
export const RESTORING = 'restoring';

export type Loaded = {
  meta: MetaFile;
  state: State;
  journal: Journal;
  revision: number;
  /** The time of the newest commit. */
  last: Stamp;
  /** Time of the oldest commit whose replaced content may still be on the disk, on the time line of the box. */
  eraseSince: number | undefined;
};

/**
 * Loads a folder into memory: pages of people and headers, then the journal over them. Creates a database in an empty
 * folder, and migrates an older format. @throws CorruptionError
 */
export async function load(
  disk: Disk,
  folder: string,
  { fileBytes, warn }: { fileBytes: number | undefined; warn: Warn },
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
  await migrate(disk, folder, warn);
  let isMetaDamaged = false;
  const meta =
    (await readMeta(disk, folder, (damage) => {
      warn('one of meta.json and its copy was lost: it is written again from the other', {
        error: damage.message,
      });
      isMetaDamaged = true;
    })) ?? (await createMeta(disk, folder));
  const file = new MetaFile(disk, folder, meta);
  const state = new State();
  await readRows(disk, folder, state, meta.counts);
  for (const pages of Object.values(state.changed)) pages.clear();

  let last = stampOf(meta.checkpoint);
  let eraseSince = meta.checkpoint.erasing ? last.at : undefined;
  const { journal: first, revision: checkpointed } = meta.checkpoint;
  const from = { first, revision: checkpointed, newest: meta.newestJournal };
  const replayed = await replay(
    disk,
    join(folder, 'journal'),
    from,
    (record) => {
      state.apply(withoutPagedEdits(record, state, from.revision));
      if (needsErase(record)) eraseSince ??= record.at;
      last = { ...stampOf(record), at: Math.max(last.at, record.at) };
    },
    fileBytes,
  );
  if (replayed.torn) warn('a torn end of the journal was cut: nothing in it was acknowledged', replayed.torn);
  requireComplete(state, folder);
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
  const { journal } = replayed;
  const newestJournal = Math.max(meta.newestJournal, journal.starts().at(-1)?.[0] ?? 0);
  if (isMetaDamaged || newestJournal > meta.newestJournal) await file.change({ newestJournal });
  journal.onFile = (number) => file.change({ newestJournal: number });
  const released = (await disk.list(join(folder, 'journal'))).filter(
    (name) => (journalNumber(name) ?? from.first) < from.first,
  );
  await journal.reuse(released);
  return { meta: file, state, journal, revision: replayed.revision, last, eraseSince };
}

/** Whether these rows replace content, delete a group or discard a file, so that something has to be erased from the disk. */
export function needsErase({
  edits,
  conversations,
  uploads,
}: Pick<Changes, 'edits' | 'conversations' | 'uploads'>): boolean {
  const isKeyForgotten = uploads.some(({ state }) => state === 'discarded');
  return edits.length > 0 || conversations.some(isDeletedGroup) || isKeyForgotten;
}

/** The stamp of a commit from its fields in a journal record or in meta.json. */
function stampOf({ at, clock = at }: { at: number; clock?: number }): Stamp {
  return { at, clock };
}

/** A record without edits of paged messages up to the checkpoint: the pages contain these edits, or newer ones. */
export function withoutPagedEdits(record: JournalRecord, state: State, checkpointed: number): JournalRecord {
  if (record.edits.length === 0 || record.revision > checkpointed) return record;
  const isUnpaged = ({ conversationId, seq }: StoredMessage) =>
    seq > (state.conversationState(conversationId)?.paged ?? 0);
  return { ...record, edits: record.edits.filter(isUnpaged) };
}

/** Checks that every message that is not in a page is in memory. @throws CorruptionError */
function requireComplete(state: State, folder: string): void {
  for (const { header, paged, tail } of state.conversationStates()) {
    const whole = tail.every(({ seq }, index) => seq === paged + 1 + index);
    if (whole && paged + tail.length === header.lastSeq) continue;
    const path = join(folder, 'conversations');
    throw new CorruptionError(path, 0, `messages of conversation ${header.id} are missing`);
  }
}

/** Reads the rows of all pages into memory. @throws CorruptionError when there are fewer than meta.json counts */
async function readRows(disk: Disk, folder: string, state: State, counts: Counts): Promise<void> {
  const counted = { users: 0, conversations: 0, invitePages: 0, uploadPages: 0 };
  const pages = pagesFor(counts.users);
  for await (const users of rowsOf<PagedAccount>(disk, folder, 'users', pages)) {
    for (const account of users) state.putAccount(account);
    counted.users += users.length;
  }
  const headerPages = pagesFor(counts.conversations);
  for await (const headers of rowsOf<PagedHeader>(disk, folder, 'conversations', headerPages)) {
    for (const row of headers) state.putPaged(row);
    counted.conversations += headers.length;
  }
  for await (const invites of rowsOf<StoredInvite>(disk, folder, 'invites', counts.invitePages)) {
    for (const invite of invites) state.putInvite(invite);
    counted.invitePages += 1;
  }
  for await (const uploads of rowsOf<UploadRow>(disk, folder, 'uploads', counts.uploadPages)) {
    for (const row of uploads) state.putUpload(row);
    counted.uploadPages += 1;
  }
  for (const kind of ['users', 'conversations'] as const) {
    if (counted[kind] >= counts[kind]) continue;
    const lost = `${counts[kind] - counted[kind]} of ${counts[kind]} rows are missing`;
    throw new CorruptionError(rowFile(folder, kind, pagesFor(counts[kind])), 0, lost);
  }
  state.count(counted);
}

async function createMeta(disk: Disk, folder: string): Promise<Meta> {
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
