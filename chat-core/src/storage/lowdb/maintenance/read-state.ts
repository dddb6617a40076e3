import { join } from 'node:path';
import type { Stamp } from '../../../clock.ts';
import type { StoredInvite, StoredMessage, UploadRow } from '../../store.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import type { JournalRecord } from '../journal/journal-record.ts';
import { type Replayed, replay } from '../journal/replay.ts';
import type { Counts, Meta } from '../pages/meta.ts';
import { CorruptionError, requireRevision } from '../pages/page-file.ts';
import { pagesFor, type RowKind, rowFile, rowPagesIn, rowsOf } from '../pages/row-pages.ts';
import type { PagedHeader } from '../state/conversation-state.ts';
import type { PagedAccount } from '../state/people-state.ts';
import { State } from '../state/state.ts';
import { needsErase } from './replaced-content.ts';

const NOTHING = { account: () => undefined, conversation: () => undefined };

/** `replacedAt` is the time of the oldest commit in the journal that replaced content. */
type ReadState = Replayed & { state: State; last: Stamp; replacedAt: number | undefined };

/**
 * Reads the database that `meta` describes: the rows of the pages, then the journal over them, which is opened for writing.
 * @throws CorruptionError when something is missing, damaged, was not written by this box, or is older than what it wrote last
 */
export async function readState(
  disk: KeyedDisk,
  folder: string,
  meta: Meta,
  fileBytes: number | undefined,
): Promise<ReadState> {
  const { authenticator } = disk;
  authenticator.use(meta);
  const state = new State();
  await readRows(disk, folder, state, meta.counts);
  for (const pages of Object.values(state.changed)) pages.clear();
  let last = stampOf(meta.checkpoint);
  let replacedAt: number | undefined;
  const { journal: first, revision: checkpointed } = meta.checkpoint;
  const from = { first, revision: checkpointed, newest: meta.newestJournal, reported: meta.reported?.[0] };
  const replayed = await replay(
    disk,
    join(folder, 'journal'),
    from,
    (record) => {
      // Older records are of rows that the pages have, or newer ones: what those replaced was erased with the checkpoint.
      const before = record.revision > from.revision ? state : NOTHING;
      if (needsErase(record, before)) replacedAt ??= record.at;
      state.apply(withoutPagedEdits(record, state, from.revision));
      last = { ...stampOf(record), at: Math.max(last.at, record.at) };
    },
    fileBytes,
  );
  authenticator.revision = replayed.revision;
  if (authenticator.policy !== 'none') await requireNewestPages(disk, folder, meta);
  requireComplete(state, folder);
  return { ...replayed, state, last, replacedAt };
}

/**
 * Checks that no page of rows is older than meta.json says: one that it does not list is of an interrupted checkpoint, and
 * newer than the last. @throws CorruptionError
 */
async function requireNewestPages(disk: KeyedDisk, folder: string, meta: Meta): Promise<void> {
  const { revision: newest } = disk.authenticator;
  for (const kind of ['users', 'conversations', 'invites', 'uploads'] as const satisfies RowKind[]) {
    for (const page of await rowPagesIn(disk, folder, kind)) {
      const path = rowFile(folder, kind, page);
      const least = meta.pages?.[kind]?.[page - 1] ?? meta.checkpoint.revision + 1;
      requireRevision({ path, revision: disk.authenticator.revisionOf(path) ?? 0 }, least, newest);
    }
  }
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
async function readRows(disk: KeyedDisk, folder: string, state: State, counts: Counts): Promise<void> {
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
