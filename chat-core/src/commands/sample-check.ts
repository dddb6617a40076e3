import { groupNameBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { sealedInMessage } from '../cipher/sealed-fields.ts';
import { isDeleted } from '../messages/message.ts';
import { openPicture } from '../people/picture.ts';
import { sealedInAccount } from '../resealing/rows.ts';
import type { BoxRows } from '../storage/box-rows.ts';
import type { Fault } from '../storage/lowdb/repair/integrity-scan.ts';
import { allAccounts } from '../storage/lowdb/repair/integrity-scan-people.ts';
import { PLACEHOLDER_KID } from '../storage/lowdb/repair/placeholder.ts';
import type { StoredMessage } from '../storage/records.ts';
import { isDeletedGroup } from '../storage/rows.ts';
import { LEGACY_KID } from './import/import-plan-rows.ts';

const ROWS_PER_READ = 100;
/** Rows stored as locked by an import or a repair: that they do not open is no fault. */
export const LOCKED_KIDS = [LEGACY_KID, PLACEHOLDER_KID];

/**
 * Opens `size` messages, chosen at random from all, with the metadata of their files and the reactions to them; what does
 * not open is a fault. A deleted one has nothing to open and is counted.
 */
export async function openSample(
  { state, history }: Pick<BoxRows, 'state' | 'history'>,
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
      const unopened = await unopenedIn(cipher, rows);
      for (const row of rows) {
        const kids = unopened.get(row) ?? [];
        if (isDeleted(row)) deleted += 1;
        else if (kids.length === 0) opened += 1;
        else if (kids.every((kid) => LOCKED_KIDS.includes(kid))) locked += 1;
        else {
          const what = `message ${row.seq} of conversation ${header.id} does not open`;
          faults.push({ path: `messages/${header.id}`, offset: 0, what });
        }
      }
      onMessages(opened + locked + deleted + faults.length);
    }
  }
  return { opened, locked, deleted, faults };
}

/**
 * Opens whatever is sealed in these rows, the keys of files excepted, which openFileSample tries with their bytes.
 * @returns by row, the kids of the ciphertexts that do not open
 */
async function unopenedIn(cipher: Cipher, rows: StoredMessage[]): Promise<Map<StoredMessage, string[]>> {
  const sealed = rows
    .filter((row) => !row.event && !isDeleted(row))
    .flatMap((row) => sealedInMessage(row).map((one) => ({ row, ...one })))
    .filter(({ isFileKey }) => !isFileKey);
  const opened = await cipher.openMany(sealed);
  const unopened = sealed.filter((_, index) => opened[index] === undefined);
  const byRow = Map.groupBy(unopened, ({ row }) => row);
  return new Map([...byRow].map(([row, list]) => [row, list.map(({ sealed: { kid } }) => kid)]));
}

/** Opens the names of all groups; those that do not open are faults. */
export async function openGroupNames({ state }: Pick<BoxRows, 'state'>, cipher: Cipher): Promise<Fault[]> {
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
export async function openAccounts({ state }: Pick<BoxRows, 'state'>, cipher: Cipher): Promise<Fault[]> {
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
        what: `the profile, second factor or scheduled text of ${username} does not open`,
      });
  }
  return faults;
}

/** Opens the pictures of all people and groups; those that do not open are faults. */
export async function openPictures(
  { state, pictures }: Pick<BoxRows, 'state' | 'pictures'>,
  cipher: Cipher,
): Promise<{ opened: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  let opened = 0;
  const groups = [...state.conversationStates()].map(({ header }) => header.id);
  for (const id of [...allAccounts(state).map((account) => account.id), ...groups]) {
    const row = await pictures.read(state, id);
    if (!row) continue;
    if (await openPicture(cipher, row, id)) opened += 1;
    else faults.push({ path: `pictures/${id}.json`, offset: 0, what: 'the picture does not open' });
  }
  return { opened, faults };
}

export function countMessages(state: BoxRows['state']): number {
  return state.conversationStates().reduce((sum, { header }) => sum + header.lastSeq, 0);
}
