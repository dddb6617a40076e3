import { setImmediate } from 'node:timers/promises';
import { v4 as uuid } from 'uuid';
import { requireClaimable } from '../attachments/claimable.ts';
import type { Uploads } from '../attachments/uploads.ts';
import { messageBinding } from '../cipher/binding.ts';
import { areFriends } from '../conversations/relations.ts';
import { sentAtOf } from '../conversations/timestamps.ts';
import { ApiError } from '../errors.ts';
import { isDeleted, openMessages } from '../messages/message.ts';
import { isExpired } from '../storage/expiry-queues.ts';
import type { NewMessage, StoredAttachment, StoredMessage } from '../storage/store.ts';
import { readCaption, readText } from '../wire/text.ts';
import type { Id, ImportProgress, ImportRow, ImportRows } from '../wire/wire.ts';
import { readAuthor, sealedForm } from './archive-row.ts';
import { type Archive, type ImportDeps, requireArchive } from './imports.ts';

/** A delta holds 200 messages, and never a part of a commit. */
const ROWS_PER_COMMIT = 100;
/** Sealed at once: the messages of others are sealed between two such calls. */
const ROWS_PER_CALL = 50;
/** A row from further ahead gets the time of its import: a day is what time zones and wrong clocks need. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;

type AppendDeps = ImportDeps & {
  uploads: Pick<Uploads, 'requireComplete'>;
  /** Counts rows against the budget of a day. @throws ApiError DAILY_LIMIT */
  countRows(userId: Id, rows: number): void;
};
/** A row as it is sealed: checked, and with the seq that it answers. */
type Checked = Pick<ImportRow, 'at' | 'userId'> & {
  name: string;
  text: string;
  replyTo?: number;
  fileIds: Id[];
  /** Its own time was too far ahead. */
  isAhead: boolean;
};

/**
 * Appends rows to an archive that is being filled, in order: row number n has seq n + 1. Rows that are stored already are
 * compared by opening them, so that no hash of a text is stored, and a repeat after a lost answer succeeds.
 * @throws ApiError NOT_MEMBER, NOT_ALLOWED, WRONG_ROW (a gap), IMPORT_CHANGED, IMPORT_DONE, INVALID_MESSAGE, INVALID_REQUEST,
 *   NO_SUCH_FILE, UPLOAD_INCOMPLETE, DAILY_LIMIT, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; what was stored
 *   before it stays
 */
export async function appendRows(
  deps: AppendDeps,
  userId: Id,
  conversationId: Id,
  { from, rows }: ImportRows,
): Promise<ImportProgress> {
  const archive = await requireArchive(deps.store, userId, conversationId);
  const wall = deps.store.time.wall();
  const checked = rows.map((row, index) => check(row, from + index, wall));
  await requireKnown(deps, userId, checked);
  const stored = archive.group.archive.rows ?? archive.lastSeq;
  if (from > stored) throw new ApiError('WRONG_ROW', { detail: `The next row is number ${stored}.` });
  await requireSame(deps, archive, userId, from, checked.slice(0, stored - from));
  const rest = checked.slice(stored - from);
  if (rest.length > 0 && archive.group.archive.rows !== undefined) throw new ApiError('IMPORT_DONE');
  // Nothing is stored of a request that a later row would refuse.
  await deps.uploads.requireComplete(
    userId,
    conversationId,
    rest.flatMap(({ fileIds }) => fileIds),
  );
  deps.countRows(userId, rest.length);
  for (let start = 0; start < rest.length; start += ROWS_PER_COMMIT) {
    await appendSome(deps, userId, archive, stored + start, rest.slice(start, start + ROWS_PER_COMMIT));
  }
  return { conversationId, rows: Math.max(stored, from + rows.length) };
}

/** @throws ApiError INVALID_MESSAGE, INVALID_REQUEST */
function check(
  { at, name, userId, text, replyTo, attachments = [] }: ImportRow,
  number: number,
  wall: number,
): Checked {
  const fileIds = [...new Set(attachments)];
  if (replyTo !== undefined && replyTo >= number)
    throw new ApiError('INVALID_REQUEST', { detail: `Row ${number} answers no earlier row.` });
  return {
    at: at > wall + MAX_AHEAD_MS ? wall : at,
    isAhead: at > wall + MAX_AHEAD_MS,
    name: readAuthor(name),
    text: fileIds.length > 0 ? readCaption(text) : readText(text),
    ...(userId !== undefined && { userId }),
    ...(replyTo !== undefined && { replyTo: replyTo + 1 }),
    fileIds,
  };
}

/** Authors are the importer or their friends. @throws ApiError INVALID_REQUEST */
async function requireKnown({ store }: AppendDeps, userId: Id, rows: Checked[]): Promise<void> {
  for (const author of new Set(rows.flatMap((row) => row.userId ?? []))) {
    if (author !== userId && !(await areFriends(store, userId, author)))
      throw new ApiError('INVALID_REQUEST', { detail: 'The author of a row is you or a friend of yours.' });
  }
}

/** That the rows stored from a number on are these. One that was deleted or expired since is like any. @throws ApiError IMPORT_CHANGED */
async function requireSame(
  { store, cipher }: AppendDeps,
  { id }: Archive,
  userId: Id,
  from: number,
  rows: Checked[],
): Promise<void> {
  if (rows.length === 0) return;
  const stored = await store.messages(id, { after: from, limit: rows.length });
  const messages = await openMessages(cipher, stored, { accountId: userId });
  const isSame = (row: Checked, index: number) => {
    const [known, message] = [stored[index], messages[index]];
    if (!known || !message) return false;
    if (isDeleted(known) || isExpired(known)) return true;
    // A row from the future has the time at which it came first.
    const at = row.isAhead && row.at >= known.timestamp ? known.timestamp : row.at;
    return formOf({ ...row, at }) === formOfStored(known, message.imported?.name ?? '', message.content);
  };
  if (!rows.every(isSame)) throw new ApiError('IMPORT_CHANGED');
}

const formOf = ({ at, name, text, userId, replyTo, fileIds }: Omit<Checked, 'isAhead'>) =>
  JSON.stringify([at, name, text, userId, replyTo, fileIds]);

function formOfStored(row: StoredMessage, name: string, text: string): string {
  const { timestamp: at, imported, replyTo, attachments = [] } = row;
  const fileIds = attachments.map((one) => one.id);
  return formOf({ at, name, text, fileIds, ...imported, ...(replyTo !== undefined && { replyTo }) });
}

/** Seals and commits rows of which the first has number `number`; another request may have stored them meanwhile. */
async function appendSome(
  deps: AppendDeps,
  userId: Id,
  archive: Archive,
  number: number,
  rows: Checked[],
): Promise<void> {
  const { store } = deps;
  const conversationId = archive.id;
  const files = rows.flatMap(({ fileIds }) => fileIds);
  const complete = await deps.uploads.requireComplete(userId, conversationId, files);
  const byId = new Map(complete.map((file) => [file.id, file]));
  const messages = await sealRows(deps, userId, archive, rows, byId);
  const isStored = await store.transact(async (tx) => {
    const now = await requireArchive(tx, userId, conversationId);
    if (now.group.archive.rows !== undefined) throw new ApiError('IMPORT_DONE');
    if (now.lastSeq !== number) return false;
    await requireClaimable(tx, userId, conversationId, files);
    for (const message of messages) await tx.appendMessage(message);
    return true;
  });
  if (isStored) return;
  const now = await requireArchive(store, userId, conversationId);
  if (now.lastSeq < number + rows.length) throw new ApiError('WRONG_ROW');
  await requireSame(deps, now, userId, number, rows);
}

async function sealRows(
  { store, cipher }: AppendDeps,
  senderId: Id,
  { id: conversationId, group }: Archive,
  rows: Checked[],
  files: Map<Id, StoredAttachment>,
): Promise<NewMessage[]> {
  const { source } = group.archive;
  const now = store.time.now();
  const messages: NewMessage[] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_CALL) {
    const part = rows.slice(start, start + ROWS_PER_CALL).map(async (row) => {
      const { at: timestamp, name, text, userId, replyTo, fileIds } = row;
      const bound = { id: uuid(), conversationId, senderId, timestamp };
      const attachments = fileIds.flatMap((id) => files.get(id) ?? []);
      return {
        ...bound,
        ...sentAtOf(timestamp, now),
        ...(replyTo !== undefined && { replyTo }),
        ...(attachments.length > 0 && { attachments }),
        imported: { source, ...(userId !== undefined && { userId }) },
        ...(await cipher.seal(sealedForm(name, text), messageBinding(bound))),
      };
    });
    messages.push(...(await Promise.all(part)));
    await setImmediate();
  }
  return messages;
}
