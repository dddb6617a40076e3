import { fileBinding, groupNameBinding } from '../cipher/binding.ts';
import { type Cipher, sealedOffset } from '../cipher/cipher.ts';
import { isDeleted, openMessages } from '../messages/message.ts';
import { sealedInAccount } from '../resealing/rows.ts';
import type { Fault } from '../storage/lowdb/repair/integrity-scan.ts';
import type { FileOfMessage } from '../storage/lowdb/repair/integrity-scan-files.ts';
import { allAccounts } from '../storage/lowdb/repair/integrity-scan-people.ts';
import type { ReadOnlyDatabase } from '../storage/lowdb/repair/open-read-only.ts';
import { PLACEHOLDER_KID } from '../storage/lowdb/repair/placeholder.ts';
import { isDeletedGroup } from '../storage/rows.ts';
import type { AttachmentFiles } from '../storage/store.ts';
import { CHUNK_BYTES } from '../wire/attachments.ts';
import { LEGACY_KID } from './import/import-plan-rows.ts';

const ROWS_PER_READ = 100;
/** Rows stored as locked by an import or a repair: that they do not open is no fault. */
const LOCKED_KIDS = [LEGACY_KID, PLACEHOLDER_KID];

/**
 * Opens `size` messages, chosen at random from all; those that do not open are faults. A deleted one has nothing to open
 * and is counted.
 */
export async function openSample(
  { state, history }: ReadOnlyDatabase,
  cipher: Cipher,
  size: number,
  onMessages: (count: number) => void,
): Promise<{ opened: number; locked: number; deleted: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  let [left, wanted, opened, locked, deleted] = [countMessages(state), size, 0, 0, 0];
  for (const { header } of state.conversationStates()) {
    for (let from = 1; from <= header.lastSeq && wanted > 0; from += ROWS_PER_READ) {
      const to = Math.min(header.lastSeq, from + ROWS_PER_READ - 1);
      const chosen = new Set<number>();
      // Selection sampling (Knuth, algorithm S): every message has the same chance.
      for (let seq = from; seq <= to; seq++, left--) {
        if (Math.random() * left >= wanted - chosen.size) continue;
        chosen.add(seq);
      }
      if (chosen.size === 0) continue;
      wanted -= chosen.size;
      const rows = (await history.between(header.id, from, to)).filter(({ seq }) => chosen.has(seq));
      for (const [index, message] of (await openMessages(cipher, rows)).entries()) {
        const row = rows[index];
        if (row && isDeleted(row)) deleted += 1;
        else if (!message.locked) opened += 1;
        else if (row && LOCKED_KIDS.includes(row.kid)) locked += 1;
        else {
          const what = `message ${message.seq} of conversation ${header.id} does not open`;
          faults.push({ path: `messages/${header.id}`, offset: 0, what });
        }
      }
      onMessages(opened + locked + deleted + faults.length);
    }
  }
  return { opened, locked, deleted, faults };
}

/** Opens the names of all groups; those that do not open are faults. */
export async function openGroupNames(
  { state }: Pick<ReadOnlyDatabase, 'state'>,
  cipher: Cipher,
): Promise<Fault[]> {
  const groups = [...state.conversationStates()]
    .map(({ header }) => header)
    .filter((header) => header.kind === 'group')
    .filter((header) => !isDeletedGroup(header) && !LOCKED_KIDS.includes(header.group.name.kid));
  const names = await cipher.openMany(
    groups.map(({ id, group }) => {
      const { edit, ...sealed } = group.name;
      return { sealed, binding: groupNameBinding(id, edit) };
    }),
  );
  return groups
    .filter((_, index) => names[index] === undefined)
    .map(({ id }) => ({ path: 'conversations', offset: 0, what: `the name of group ${id} does not open` }));
}

/** Opens the texts of all profiles and the secrets of all second factors; people with one that does not open are faults. */
export async function openAccounts(
  { state }: Pick<ReadOnlyDatabase, 'state'>,
  cipher: Cipher,
): Promise<Fault[]> {
  const rows = allAccounts(state)
    .flatMap((account) => sealedInAccount(account).map((row) => ({ ...row, username: account.username })))
    .filter(({ sealed }) => !LOCKED_KIDS.includes(sealed.kid));
  const faults: Fault[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_READ) {
    const page = rows.slice(from, from + ROWS_PER_READ);
    const opened = await cipher.openMany(page);
    for (const { username } of page.filter((_, index) => opened[index] === undefined))
      faults.push({
        path: 'users',
        offset: 0,
        what: `the profile or second factor of ${username} does not open`,
      });
  }
  return faults;
}

/**
 * Opens chunks of `size` files of messages, chosen at random: the first, the last and one more of each, or every chunk;
 * those that do not open are faults. @returns them and the number of files
 */
export async function openFileSample(
  read: AttachmentFiles['read'],
  cipher: Cipher,
  files: FileOfMessage[],
  { size, everyChunk }: { size: number; everyChunk: boolean },
): Promise<{ opened: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  const chosen = files.filter(({ file }) => !LOCKED_KIDS.includes(file.key.kid));
  let [left, wanted, opened] = [chosen.length, size, 0];
  for (const { row, file } of chosen) {
    if (Math.random() * left-- >= wanted) continue;
    wanted -= 1;
    const { id, key, size: bytes } = file;
    const { conversationId, senderId } = row;
    const last = Math.ceil(bytes / CHUNK_BYTES) - 1;
    const all = Array.from({ length: last + 1 }, (_, index) => index);
    const indexes = everyChunk ? all : new Set([0, Math.floor(Math.random() * last), last]);
    const broken: number[] = [];
    for (const index of indexes) {
      const [from, to] = [index * CHUNK_BYTES, Math.min(bytes, (index + 1) * CHUNK_BYTES)].map(sealedOffset);
      const sealed = await read({ conversationId, id }, from ?? 0, (to ?? 0) - (from ?? 0));
      const binding = fileBinding({ id, conversationId, senderId });
      const plain =
        sealed && (await cipher.openChunks({ key, binding, index, isLast: index === last }, sealed));
      plain?.fill(0);
      if (!plain) broken.push(index);
    }
    if (broken.length === 0) opened += 1;
    else {
      const what = `${broken.length} pieces of a file of message ${row.seq} do not open, the first is number ${broken[0]}`;
      faults.push({ path: `attachments/${conversationId}/${id}`, offset: 0, what });
    }
  }
  return { opened, faults };
}

export function countMessages(state: ReadOnlyDatabase['state']): number {
  return state.conversationStates().reduce((sum, { header }) => sum + header.lastSeq, 0);
}
