import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sealedOffset } from '../../cipher/cipher.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import type { KeyedDisk } from '../../storage/lowdb/disk/keyed-disk.ts';
import { type JournalRecord, readRecord } from '../../storage/lowdb/journal/journal-record.ts';
import { UNFINISHED } from '../../storage/lowdb/pages/attachment-folder.ts';
import type { MessagePage } from '../../storage/lowdb/pages/message-pages.ts';
import { CorruptionError, PageFile } from '../../storage/lowdb/pages/page-file.ts';
import { isDeletedGroup } from '../../storage/rows.ts';
import type { StoredMessage } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import type { JournalPart } from './backup-files.ts';
import { type AttachmentInBackup, isListable } from './manifest.ts';

const READ_BYTES = 256 * 1024;
/** A link in a folder target must not bring in another file. Windows has no such flag, nor such links by default. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/**
 * The sealed files that messages name at the end of these parts of the journal, each with its size on the disk. Read from
 * the pages and the journal of a held database, so that no newer message is among them. A damaged page, which a repair may
 * still read in part, names none: all finished files of its conversation are taken then.
 */
export async function attachmentsUpTo(
  disk: KeyedDisk,
  dataDir: string,
  parts: JournalPart[],
): Promise<AttachmentInBackup[]> {
  const files = new Map<Id, Map<Id, number>>();
  const add = ({ conversationId, attachments = [] }: StoredMessage) => {
    if (attachments.length === 0) return;
    const own = files.get(conversationId) ?? new Map<Id, number>();
    files.set(conversationId, own);
    for (const { id, size, lost } of attachments) {
      if (lost) own.delete(id);
      else own.set(id, sealedOffset(size));
    }
  };
  const messages = join(dataDir, 'messages');
  const damaged = new Set<Id>();
  for (const id of await realDisk.list(messages)) {
    for (const name of (await realDisk.list(join(messages, id))).filter((one) => one.endsWith('.json'))) {
      const page = await readPage(disk, join(messages, id, name));
      if (page) for (const message of page.messages) add(message);
      else damaged.add(id);
    }
  }
  for (const { name, used } of parts) {
    const bytes = (await readFile(join(dataDir, 'journal', name))).subarray(0, used);
    // The first line is the header of the file.
    let end = readRecord(bytes, 0)?.end ?? used;
    for (
      let line = readRecord<JournalRecord>(bytes, end);
      line;
      line = readRecord<JournalRecord>(bytes, end)
    ) {
      const { record } = line;
      end = line.end;
      for (const message of [...record.messages, ...record.edits]) add(message);
      for (const { state, id, conversationId } of record.uploads)
        if (state === 'discarded') files.get(conversationId)?.delete(id);
      for (const one of record.conversations.filter(isDeletedGroup)) files.delete(one.id);
    }
  }
  for (const id of damaged) files.set(id, await finishedIn(join(dataDir, 'attachments', id)));
  return [...files]
    .flatMap(([conversationId, own]) =>
      [...own].map(([id, size]) => ({ name: `data/attachments/${conversationId}/${id}`, size })),
    )
    .filter(isListable);
}

/** The page at a path, undefined when it is damaged. */
async function readPage(disk: KeyedDisk, path: string): Promise<MessagePage | undefined> {
  try {
    const page = await new PageFile<MessagePage>(disk, path).read();
    return Array.isArray(page?.messages) ? page : undefined;
  } catch (error) {
    if (error instanceof CorruptionError) return undefined;
    throw error;
  }
}

/** The finished files in a folder of attachments, each with its size. */
async function finishedIn(folder: string): Promise<Map<Id, number>> {
  const names = (await realDisk.list(folder)).filter((name) => !name.endsWith(UNFINISHED));
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, (await realDisk.size(join(folder, name))) ?? 0] as const),
    ),
  );
}

/**
 * Opens a sealed file of `size` bytes. Undefined when it is not there (its message was deleted meanwhile) or has another
 * size. Once open, it can be read to its end even if it is removed.
 */
export async function openSealed(path: string, size: number): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, READ_FLAGS);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
  const found = await file.stat();
  if (found.isFile() && found.size === size) return file;
  await file.close();
  return undefined;
}

/** All bytes of an open file, which is closed at the end. @throws Error when it became shorter */
export async function* bytesIn(file: FileHandle, size: number, path: string): AsyncGenerator<Buffer> {
  try {
    for (let done = 0; done < size; ) {
      const bytes = Buffer.allocUnsafe(Math.min(READ_BYTES, size - done));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, done);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was copied.`);
      done += bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
