import { join } from 'node:path';
import { changesOf } from '../../rows.ts';
import type { Account, Conversation, StoredMessage } from '../../store.ts';
import type { Disk, Warn } from '../disk/disk.ts';
import { journalNumber } from '../journal/journal.ts';
import { type JournalHeader, readRecord } from '../journal/journal-record.ts';
import { MessagePages } from '../pages/message-pages.ts';
import { FORMAT, readMeta, writeMeta } from '../pages/meta.ts';
import { CorruptionError, PageFile } from '../pages/page-file.ts';
import { rowPagesIn, rowsOf } from '../pages/row-pages.ts';
import { State } from '../state/state.ts';
import { writePages } from './checkpoint.ts';

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

type Migration = (disk: Disk, folder: string) => Promise<void>;

/** Migrations from each format to the next. Entries are only added. The seed's db.json (format 0) is imported instead. */
const MIGRATIONS: Record<number, Migration> = {
  1: splitIntoPages,
  2: raiseFormatTo3,
  3: addCounts,
  4: raiseFormatTo5,
  5: raiseFormatTo6,
};

/** Migrates a folder to the current format, step by step. The next start repeats an interrupted step. */
export async function migrate(disk: Disk, folder: string, warn: Warn): Promise<void> {
  for (let format = await formatOf(disk, folder); format !== FORMAT; format = await formatOf(disk, folder)) {
    const step = MIGRATIONS[format];
    if (!step) {
      throw new Error(
        format === 0
          ? `${join(folder, 'db.json')} is a database of the original project: bring it in with npm run import.`
          : `The database in ${folder} has format ${format}, which this version of Bisik does not know.`,
      );
    }
    await step(disk, folder);
    warn('the database was brought to the next format', { from: format, to: await formatOf(disk, folder) });
  }
}

async function formatOf(disk: Disk, folder: string): Promise<number> {
  const meta = await readMeta(disk, folder);
  if (meta) return meta.version;
  const whole = await wholeFile(disk, folder).read();
  return whole ? (whole.version ?? 0) : FORMAT;
}

function wholeFile(disk: Disk, folder: string): PageFile<WholeFile> {
  return new PageFile<WholeFile>(disk, join(folder, 'db.json'));
}

/** Splits db.json into pages. The file stays beside them under another name, for a return to the old version. */
async function splitIntoPages(disk: Disk, folder: string): Promise<void> {
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
    version: FORMAT,
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
function raiseFormatTo3(disk: Disk, folder: string): Promise<void> {
  return raiseFormat(disk, folder, 3);
}

/** Format 5 adds groups to format 4. Only the number changes, so that a version that knows none refuses the folder. */
function raiseFormatTo5(disk: Disk, folder: string): Promise<void> {
  return raiseFormat(disk, folder, 5);
}

/** Format 6 adds files to format 5. Only the number changes, as for groups. */
function raiseFormatTo6(disk: Disk, folder: string): Promise<void> {
  return raiseFormat(disk, folder, 6);
}

async function raiseFormat(disk: Disk, folder: string, version: number): Promise<void> {
  const meta = await readMeta(disk, folder);
  if (!meta) throw new CorruptionError(join(folder, 'meta.json'), 0, 'it cannot be read');
  await writeMeta(disk, folder, { ...meta, version });
}

/** Format 4 counts rows and journal files, so that a loss is noticed. The migration counts those that exist. */
async function addCounts(disk: Disk, folder: string): Promise<void> {
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

/** The newest started journal file from `first` on; `first`, which has to exist, if none was started. */
async function newestJournalIn(disk: Disk, folder: string, first: number): Promise<number> {
  let newest = first;
  for (const name of await disk.list(join(folder, 'journal'))) {
    const number = journalNumber(name) ?? 0;
    if (number <= newest) continue;
    const bytes = await disk.read(join(folder, 'journal', name));
    if (bytes && readRecord<JournalHeader>(bytes, 0)?.record.journal === number) newest = number;
  }
  return newest;
}
