import { existsSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Cipher } from '../../cipher/cipher.ts';
import { isDeleted, openRows, toWire } from '../../messages/message.ts';
import type { ReactionList } from '../../reactions/reaction-list.ts';
import { isDue, sentTimeOf } from '../../storage/expiry-queues.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import type { ReadOnlyDatabase } from '../../storage/lowdb/repair/open-read-only.ts';
import type { ConversationState } from '../../storage/lowdb/state/conversation-state.ts';
import { isDeletedGroup } from '../../storage/rows.ts';
import { hasSeq, type SeqRanges, withSeq } from '../../storage/seq-ranges.ts';
import type {
  AttachmentFiles,
  StoredAttachment,
  StoredMessage,
  StoredPoll,
  StoredReactions,
} from '../../storage/store.ts';
import type { Attachment, Id } from '../../wire/wire.ts';
import { toDirect } from '../export-settings/write-settings.ts';
import { explainFileError } from '../file-errors.ts';
import { toGroups, toUsers } from './export-records.ts';
import { type ReadablePoll, readablePoll } from './import-polls.ts';
import { FileWriter } from './write-files.ts';

const ROWS_PER_READ = 200;

/** Where an export goes: an open file, or standard output. */
export type Sink = { writeFile(text: string): Promise<void> };
/** `files` were written, `missing` ones not, because their bytes are missing or do not open. */
export type ExportCounts = { messages: number; deleted: number; files: number; missing: number };

/** The folder beside an export that holds the files of its messages. */
export function filesFolder(path: string): string {
  return `${path.replace(/\.json$/, '')}.files`;
}

/**
 * Writes a database into one file in the seed's shape: users with hashes, contacts and settings; direct conversations and
 * groups with their members, where there are any; sealed messages with v, kid, seq and conversationId beside the seed's fields, in a group without receiver. A message deleted for everyone stays as an empty row; `hiddenFor` names who
 * deleted one for themselves. With a cipher, messages that open are written readable. The file has mode 0600 and is
 * complete and durable, or does not exist. The temporary file of a killed export is removed first: it may be readable.
 * With `files`, those of messages are written into a folder beside it, opened or sealed like the messages.
 * @returns how many messages are in it, how many were deleted for everyone, and how many files were written
 * @throws Error when the file cannot be written, or exists and `replace` is false; ApiError CIPHER_UNAVAILABLE
 */
export async function writeExport(
  database: ReadOnlyDatabase,
  path: string,
  {
    cipher,
    replace,
    signal,
    files,
    expiry,
  }: {
    cipher: Cipher | undefined;
    replace: boolean;
    signal?: AbortSignal;
    files?: AttachmentFiles;
    expiry?: ExportExpiry;
  },
  onMessages: (count: number) => void,
): Promise<ExportCounts> {
  const folder = filesFolder(path);
  const [temporary, temporaryFolder, replaced] = [
    `${path}.unfinished`,
    `${folder}.unfinished`,
    `${folder}.replaced`,
  ];
  const clear = async () => {
    await rm(temporary, { force: true });
    await rm(temporaryFolder, { recursive: true, force: true });
  };
  const refuse = (name: string) => {
    throw new Error(`${name} is there already: say --force to replace it.`);
  };
  let written: ExportCounts;
  try {
    await clear();
    if (files && !replace && existsSync(folder)) refuse(folder);
    const file = await open(temporary, 'wx', 0o600);
    const writer = files && new FileWriter(files, temporaryFolder, basename(folder));
    try {
      const stopIfAsked = () => {
        if (signal?.aborted) throw new Error('The export was stopped: no file was written.');
      };
      written = await writeExportTo(
        file,
        database,
        { cipher, writer, expiry, onFile: stopIfAsked },
        (count) => {
          stopIfAsked();
          onMessages(count);
        },
      );
      await file.sync();
      await writer?.sync();
    } finally {
      await file.close();
    }
    // The files of the export that is replaced go with it.
    if (replace && existsSync(folder)) {
      await rm(replaced, { recursive: true, force: true });
      await rename(folder, replaced);
    }
    if (existsSync(temporaryFolder)) await rename(temporaryFolder, folder);
    if (replace) await rename(temporary, path);
    else await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw explainFileError(error, path, 'write');
    return refuse(path);
  } finally {
    await clear().catch(() => {});
  }
  await realDisk.syncFolder(dirname(path));
  await rm(replaced, { recursive: true, force: true });
  return written;
}

/** Without a `writer` the files of messages are left out. `onFile` is called before each. */
type ExportOptions = {
  cipher?: Cipher | undefined;
  writer?: FileWriter | undefined;
  onFile?: (() => void) | undefined;
  expiry?: ExportExpiry | undefined;
};

/** The time line of the box now, and since when its retention keeps messages. What has expired by then is left out. */
export type ExportExpiry = { now: number; retainedSince?: number };

/** Writes the export to an open sink, without making it durable. @throws ApiError CIPHER_UNAVAILABLE */
export async function writeExportTo(
  file: Sink,
  { state, history }: ReadOnlyDatabase,
  { cipher, writer, onFile, expiry = { now: 0 } }: ExportOptions,
  onMessages: (count: number) => void,
): Promise<ExportCounts> {
  const { now, retainedSince = 0 } = expiry;
  const isOver = (at: number) => at <= now;
  const time = { now: () => now, notPassedSince: () => 0 };
  const isLeft = (row: StoredMessage) => isDue(row, time) || (!row.event && sentTimeOf(row) <= retainedSince);
  const list = async (rows: object[], isFirst: boolean) => {
    const lines = rows.map((row, index) => `${isFirst && index === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`);
    await file.writeFile(lines.join(''));
  };
  await file.writeFile('{"users":[');
  for (let page = 1; ; page++) {
    const accounts = state.people.on(page);
    if (accounts.length === 0) break;
    await list(await toUsers(accounts, cipher), page === 1);
  }
  const headers = [...state.conversationStates()].map(({ header }) => header);
  const directs = headers.filter((one) => one.kind === 'direct');
  if (directs.length > 0) {
    await file.writeFile('\n],"directs":[');
    await list(
      directs.map((one) => toDirect(one, isOver)),
      true,
    );
  }
  const groups = headers.filter((one) => one.kind === 'group');
  const present = groups.filter((one) => !isDeletedGroup(one));
  if (present.length > 0) {
    await file.writeFile('\n],"groups":[');
    await list(await toGroups(present, cipher, isOver), true);
  }
  await file.writeFile('\n],"chats":[');
  const written = { messages: 0, deleted: 0, files: 0, missing: 0 };
  const omitted: { conversationId: Id; seqs: SeqRanges }[] = [];
  for (const { header, hidden } of state.conversationStates()) {
    let gone: SeqRanges = [];
    for (let from = 1; from <= header.lastSeq; from += ROWS_PER_READ) {
      const found = await history.between(
        header.id,
        from,
        Math.min(header.lastSeq, from + ROWS_PER_READ - 1),
      );
      // Nothing is left of what has expired, and the file has system rows of groups alone.
      const rows = found.filter((row) => !isLeft(row) && !(row.event && header.kind === 'direct'));
      if (header.kind === 'group') for (const row of found) if (isLeft(row)) gone = withSeq(gone, row.seq);
      const done = written.messages + written.deleted;
      const opened = cipher ? await toReadable(cipher, rows) : rows.map(toChat);
      const chats = writer ? await withFiles(opened, rows, { cipher, writer, onFile }) : opened;
      const hiders = rows.map(({ seq }) => hiddenBy(hidden, seq));
      await list(
        chats.map((chat, index) => ({ ...chat, ...(hiders[index]?.length && { hiddenFor: hiders[index] }) })),
        done === 0,
      );
      written.deleted += rows.filter(isDeleted).length;
      written.messages = done + rows.length - written.deleted;
      onMessages(done + rows.length);
    }
    if (gone.length > 0) omitted.push({ conversationId: header.id, seqs: gone });
  }
  if (omitted.length > 0) {
    await file.writeFile('\n],"omitted":[');
    await list(omitted, true);
  }
  await file.writeFile('\n]}\n');
  return { ...written, files: writer?.written ?? 0, missing: writer?.missing ?? 0 };
}

function hiddenBy(hidden: ConversationState['hidden'], seq: number): Id[] {
  return [...hidden].filter(([, { ranges }]) => hasSeq(ranges, seq)).map(([userId]) => userId);
}

/** A message of the export: its files are those of the API, and its reactions list who reacted; or as they are stored. */
type Chat = Omit<StoredMessage, 'rev' | 'changedRev' | 'attachments' | 'reactions' | 'poll' | 'v' | 'kid'> & {
  attachments?: (Attachment | StoredAttachment)[];
  reactions?: ReactionList | StoredReactions;
  poll?: ReadablePoll | StoredPoll;
};

function toChat({ rev, changedRev, ...row }: StoredMessage): Chat {
  return row;
}

/** The messages with the path of each of their files that was written. */
async function withFiles(
  chats: Chat[],
  rows: StoredMessage[],
  { cipher, writer, onFile }: ExportOptions,
): Promise<Chat[]> {
  const all: Chat[] = [];
  for (const [index, chat] of chats.entries()) {
    const row = rows[index];
    const attachments: (Attachment | StoredAttachment)[] = [];
    for (const [number, file] of (row?.attachments ?? []).entries()) {
      onFile?.();
      const shown = chat.attachments?.[number] ?? file;
      const opened = cipher && !('key' in shown) ? { cipher, attachment: shown } : undefined;
      const path = row && (await writer?.write(row, number, file, opened));
      attachments.push({ ...shown, ...(path !== undefined && { path }) });
    }
    all.push(attachments.length > 0 ? { ...chat, attachments } : chat);
  }
  return all;
}

/** Messages and files that do not open, and deleted ones, stay sealed. */
async function toReadable(cipher: Cipher, rows: StoredMessage[]): Promise<Chat[]> {
  const opened = await openRows(cipher, rows);
  return opened.map(({ row, text, attachments: files, reactions, poll, votes }) => {
    const message = toWire(row, { text, attachments: files });
    if (message.locked || message.deleted) return toChat(row);
    const attachments = message.attachments?.map((one, number) =>
      one.locked ? (row.attachments?.[number] ?? one) : one,
    );
    const { expiresAt } = row;
    const { reactions: _, changedRev: __, rev: ___, ...shown } = message;
    return {
      ...shown,
      readable: true,
      ...(attachments && { attachments }),
      ...(reactions && reactions.length > 0 && { reactions }),
      ...(row.poll && poll && { poll: readablePoll(row.poll, poll, votes ?? []) }),
      ...(expiresAt !== undefined && { expiresAt }),
    };
  });
}
