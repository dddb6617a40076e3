import { join } from 'node:path';
import { changesOf } from '../../rows.ts';
import type { Account, Conversation, StoredMessage } from '../../store.ts';
import { FORGED } from '../disk/authenticator.ts';
import type { Warn } from '../disk/disk.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { journalNumber } from '../journal/journal.ts';
import { type JournalHeader, readRecord } from '../journal/journal-record.ts';
import { MessagePages } from '../pages/message-pages.ts';
import { readMeta, writeMeta } from '../pages/meta.ts';
import {
  AtomicWriteBatch,
  CorruptionError,
  FORMAT,
  LAST_UNAUTHENTICATED,
  PageFile,
} from '../pages/page-file.ts';
import { rowPagesIn, rowsOf } from '../pages/row-pages.ts';
import { State } from '../state/state.ts';
import { writePages } from './checkpoint.ts';
import { readState } from './read-state.ts';

/** The whole-file database of format 1. */
type WholeFile = {
  version: 1;
  epoch: string;
  revision: number;
  lastCommitAt: number;
  users: Account[];
  conversations: Conversation[];
  chats: StoredMessage[];
};

type Migration = (disk: KeyedDisk, folder: string) => Promise<void>;

/** Migrations from each format to the next. Entries are only added. The seed's db.json (format 0) is imported instead. */
const MIGRATIONS: Record<number, Migration> = {
  1: splitIntoPages,
  2: raiseFormatTo3,
  3: addCounts,
  4: raiseFormatTo5,
  5: raiseFormatTo6,
  6: addAuthentication,
  7: raiseFormatTo8,
};

/**
 * Migrates a folder to the current format, or to `until`, step by step. The next start repeats an interrupted step. What has
 * no authentication codes is then read as it is.
 */
export async function migrate(
  disk: KeyedDisk,
  folder: string,
  warn: Warn,
  until: number = FORMAT,
): Promise<void> {
  const { authenticator } = disk;
  for (let format = await formatOf(disk, folder); format !== FORMAT; format = await formatOf(disk, folder)) {
    const step = MIGRATIONS[format];
    if (!step) {
      throw new Error(
        format === 0
          ? `${join(folder, 'db.json')} is a database of the original project: bring it in with npm run import.`
          : `The database in ${folder} has format ${format}, which this version of Bisik does not know.`,
      );
    }
    const isAuthenticated = format > LAST_UNAUTHENTICATED;
    if (!isAuthenticated && !authenticator.mayAdopt) throw new Error(unauthenticated(folder, format));
    authenticator.policy = isAuthenticated ? 'refuse' : 'none';
    if (format >= until) return;
    await step(disk, folder);
    warn('the database was brought to the next format', { from: format, to: await formatOf(disk, folder) });
  }
  authenticator.policy = 'refuse';
}

function unauthenticated(folder: string, format: number): string {
  return `The database in ${folder} has format ${format}, without authentication codes, and this box wrote one with them: an older or another database was put there. Put the right one back, or restore a backup with npm run restore.`;
}

async function formatOf(disk: KeyedDisk, folder: string): Promise<number> {
  const meta = await readMeta(disk, folder);
  if (meta) return meta.version;
  const whole = await wholeFile(disk, folder).read();
  return whole ? (whole.version ?? 0) : FORMAT;
}

function wholeFile(disk: KeyedDisk, folder: string): PageFile<WholeFile> {
  return new PageFile<WholeFile>(disk, join(folder, 'db.json'));
}

/** Splits db.json into pages. The file stays beside them under another name, for a return to the old version. */
async function splitIntoPages(disk: KeyedDisk, folder: string): Promise<void> {
  const whole = await wholeFile(disk, folder).read();
  if (!whole) throw new CorruptionError(join(folder, 'db.json'), 0, 'it cannot be read');
  const state = new State();
  state.apply(
    changesOf({
      accounts: whole.users,
      conversations: whole.conversations.map((header) => ({ ...header, lastSeq: 0 })),
      messages: whole.chats,
    }),
  );
  for (const { id, lastSeq } of whole.conversations) {
    if (state.conversation(id)?.lastSeq !== lastSeq)
      throw new CorruptionError('db.json', 0, `messages of ${id} are missing`);
  }
  const pages = new MessagePages(disk, join(folder, 'messages'));
  await writePages(disk, folder, state, pages, [], 'all');
  const checkpoint = { revision: whole.revision, at: whole.lastCommitAt, journal: 0 };
  const { counts } = state;
  await writeMeta(disk, folder, {
    version: 6,
    epoch: whole.epoch,
    checkpoint,
    counts,
    newestJournal: 0,
  });
  await disk.rename(join(folder, 'db.json'), join(folder, 'db.json.before-pages'));
  await disk.syncFolder(folder);
}

/**
 * Format 3 adds kinds of rows to format 2 (edits, hidden messages, invites, pictures). Only the number changes, so that
 * an older version refuses the folder instead of losing these rows.
 */
function raiseFormatTo3(disk: KeyedDisk, folder: string): Promise<void> {
  return raiseFormat(disk, folder, 3);
}

/** Format 5 adds groups to format 4. Only the number changes, so that a version that knows none refuses the folder. */
function raiseFormatTo5(disk: KeyedDisk, folder: string): Promise<void> {
  return raiseFormat(disk, folder, 5);
}

/** Format 6 adds files to format 5. Only the number changes, as for groups. */
function raiseFormatTo6(disk: KeyedDisk, folder: string): Promise<void> {
  return raiseFormat(disk, folder, 6);
}

/**
 * Format 8 adds optional fields to rows and headers of format 7 (docs/decisions/0060). Only the number changes, so that
 * an older version refuses the folder instead of dropping them.
 */
function raiseFormatTo8(disk: KeyedDisk, folder: string): Promise<void> {
  return raiseFormat(disk, folder, 8);
}

async function raiseFormat(disk: KeyedDisk, folder: string, version: number): Promise<void> {
  const meta = await readMeta(disk, folder, (damage) => {
    if (damage.what === FORGED) throw damage;
  });
  if (!meta) throw new CorruptionError(join(folder, 'meta.json'), 0, 'it cannot be read');
  await writeMeta(disk, folder, { ...meta, version });
}

/** Format 4 counts rows and journal files, so that a loss is noticed. The migration counts those that exist. */
async function addCounts(disk: KeyedDisk, folder: string): Promise<void> {
  const meta = await readMeta(disk, folder);
  if (!meta) throw new CorruptionError(join(folder, 'meta.json'), 0, 'it cannot be read');
  const countOf = async (kind: 'users' | 'conversations') => {
    let rows = 0;
    for await (const { length } of rowsOf(disk, folder, kind)) rows += length;
    return rows;
  };
  const invitePages = (await rowPagesIn(disk, folder, 'invites')).length;
  const counts = {
    users: await countOf('users'),
    conversations: await countOf('conversations'),
    invitePages,
    uploadPages: 0,
  };
  const newestJournal = await newestJournalIn(disk, folder, meta.checkpoint.journal);
  await writeMeta(disk, folder, { ...meta, version: 4, counts, newestJournal });
}

/** Number of files that become durable together. */
const BATCH = 32;

/**
 * Format 7 authenticates everything with a key that is not in DATA_DIR. What is there is trusted this once: every page is
 * written again with its code, and what only the journal has is written to pages.
 */
async function addAuthentication(disk: KeyedDisk, folder: string): Promise<void> {
  const meta = await readMeta(disk, folder);
  if (!meta) throw new CorruptionError(join(folder, 'meta.json'), 0, 'it cannot be read');
  const { state, revision, last, journal } = await readState(disk, folder, meta, undefined);
  await journal.close();
  await writeAgain(disk, await allPages(disk, folder), meta.checkpoint.revision);
  const pages = new MessagePages(disk, join(folder, 'messages'));
  await writePages(disk, folder, state, pages, [], 'all');
  const numbers = (await disk.list(join(folder, 'journal'))).map((name) => journalNumber(name) ?? 0);
  const newestJournal = Math.max(meta.newestJournal, ...numbers);
  const checkpoint = {
    revision,
    at: last.at,
    ...(last.clock !== last.at && { clock: last.clock }),
    journal: newestJournal === 0 ? 0 : newestJournal + 1,
    // Replaced content may be in the old journal files.
    erasing: true as const,
  };
  await writeMeta(disk, folder, {
    ...meta,
    version: 7,
    checkpoint,
    counts: state.counts,
    newestJournal,
    pages: disk.authenticator.catalog(),
    adopted: { format: 6, revision },
  });
}

/** Every page of a database, and its pictures. */
async function allPages(disk: KeyedDisk, folder: string): Promise<string[]> {
  const paths: string[] = [];
  const add = async (inside: string) => {
    const names = await disk.list(join(folder, inside));
    paths.push(...names.filter((name) => name.endsWith('.json')).map((name) => join(folder, inside, name)));
  };
  for (const kind of ['users', 'conversations', 'invites', 'uploads', 'pictures']) await add(kind);
  for (const id of await disk.list(join(folder, 'messages'))) await add(join('messages', id));
  return paths;
}

/** Writes documents as they are, with the codes of this box. */
export async function writeAgain(disk: KeyedDisk, paths: string[], revision: number): Promise<void> {
  for (let start = 0; start < paths.length; start += BATCH) {
    const batch = new AtomicWriteBatch(disk);
    for (const path of paths.slice(start, start + BATCH)) {
      const document = await new PageFile<object>(disk, path).read();
      if (document) await new PageFile<object>(disk, path, batch, revision).write(document);
    }
    await batch.publish();
  }
}

/** The newest started journal file from `first` on; `first`, which has to exist, if none was started. */
async function newestJournalIn(disk: KeyedDisk, folder: string, first: number): Promise<number> {
  let newest = first;
  for (const name of await disk.list(join(folder, 'journal'))) {
    const number = journalNumber(name) ?? 0;
    if (number <= newest) continue;
    const bytes = await disk.read(join(folder, 'journal', name));
    if (bytes && readRecord<JournalHeader>(bytes, 0)?.record.journal === number) newest = number;
  }
  return newest;
}
