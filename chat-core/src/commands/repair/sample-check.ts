import type { Cipher } from '../../cipher/cipher.ts';
import { isGone, openMessages } from '../../messages/message.ts';
import type { Fault } from '../../storage/lowdb/repair/integrity-scan.ts';
import type { ReadOnlyDatabase } from '../../storage/lowdb/repair/open-read-only.ts';
import { PLACEHOLDER_KID } from '../../storage/lowdb/repair/placeholder.ts';
import { LEGACY_KID } from '../import/import-plan-rows.ts';

const ROWS_AT_ONCE = 100;
/** Rows that never opened are no fault: an import or a repair said so when it stored them. */
const LOCKED = [LEGACY_KID, PLACEHOLDER_KID];

/**
 * Opens `most` messages, chosen at random over all of them; those that do not open are faults. Of a deleted one
 * there is nothing to open.
 */
export async function openSample(
  { state, history }: ReadOnlyDatabase,
  cipher: Cipher,
  most: number,
  onMessages: (count: number) => void,
): Promise<{ opened: number; locked: number; deleted: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  let [left, wanted, opened, locked, deleted] = [countOf(state), most, 0, 0, 0];
  for (const { header } of state.conversationStates()) {
    for (let from = 1; from <= header.lastSeq && wanted > 0; from += ROWS_AT_ONCE) {
      const to = Math.min(header.lastSeq, from + ROWS_AT_ONCE - 1);
      const chosen = new Set<number>();
      // Selection sampling (Knuth, algorithm S): each message is as likely as any other.
      for (let seq = from; seq <= to; seq++, left--) {
        if (Math.random() * left >= wanted - chosen.size) continue;
        chosen.add(seq);
      }
      if (chosen.size === 0) continue;
      wanted -= chosen.size;
      const rows = (await history.between(header.id, from, to)).filter(({ seq }) => chosen.has(seq));
      for (const [index, message] of (await openMessages(cipher, rows)).entries()) {
        const row = rows[index];
        if (row && isGone(row)) deleted += 1;
        else if (!message.locked) opened += 1;
        else if (row && LOCKED.includes(row.kid)) locked += 1;
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

export function countOf(state: ReadOnlyDatabase['state']): number {
  return state.conversationStates().reduce((sum, { header }) => sum + header.lastSeq, 0);
}
