import { withoutControls } from '../../wire/text.ts';
import type { Id } from '../../wire/wire.ts';
import { type Legacy, readLegacy } from './legacy-cipher.ts';
import { type SeedRow, toId } from './seed-file.ts';

/**
 * A row to bring in: text to seal, or something sealed to keep as it is, or to open and seal anew. `answers` is the id of
 * the message it answers.
 */
export type PlannedRow = { row: SeedRow; answers?: Id } & (
  | { text: string }
  | { keep: { v: 1; kid: string; content: string } }
  | { reseal: { v: 1; kid: string; content: string; conversationId: Id } }
);

export type Fate =
  | 'sealed'
  | 'opened'
  | 'kept'
  | 'locked'
  | 'deleted'
  | 'there'
  | 'repeated'
  | 'stray'
  | 'long';

/** No key of a keyring has this name, so that such a row opens to locked, by the way of every row. */
export const LEGACY_KID = 'legacy';
/** What cipher-service seals at most (its wire.ts). */
const MAX_BYTES = 16 * 1024;

/** Of rows with one id the first keeps it; one that says something else gets an id of its own. */
export function withOwnIds(rows: SeedRow[]): SeedRow[] {
  const seen = new Map<Id, string>();
  const kept: SeedRow[] = [];
  for (const row of rows) {
    const time = row.isTimeGuessed ? null : row.timestamp;
    const what = JSON.stringify([row.senderId, time, row.content]);
    const id = seen.has(row.id) ? toId('message', `${row.id} ${what}`) : row.id;
    if (seen.get(row.id) === what || seen.get(id) === what) continue;
    seen.set(id, what);
    kept.push({ ...row, id });
  }
  return kept;
}

/** By seq where a Bisik gave one to all, else by time; rows of one time stay as they stand in the file. */
export function inOrder(rows: SeedRow[]): SeedRow[] {
  const numbered = rows.every(({ seq }) => seq !== undefined);
  return rows.toSorted((a, b) => (numbered ? (a.seq ?? 0) - (b.seq ?? 0) : a.timestamp - b.timestamp));
}

/** The ids of a pair's rows by their place in the file that a Bisik wrote: what an answer names. */
export function idsByPlace(rows: SeedRow[]): Map<string | undefined, Id> {
  const numbered = rows.filter(({ seq }) => seq !== undefined);
  return new Map(numbered.map((row) => [placeOf(row, row.seq), row.id]));
}

export function placeOf({ conversationId = '' }: SeedRow, seq: number | undefined): string | undefined {
  return seq === undefined ? undefined : `${conversationId} ${seq}`;
}

/** What becomes of a row. `key` opens the original's ciphertext. */
export function planRow(
  row: SeedRow,
  conversationId: Id,
  key: Buffer | undefined,
): { fate: Fate; plan?: PlannedRow } {
  const { content, sealed = { v: 1, kid: LEGACY_KID }, deletedAt } = row;
  if (deletedAt !== undefined) return { fate: 'deleted', plan: { row, keep: { ...sealed, content: '' } } };
  if (row.sealed && !row.readable) {
    const { v, kid } = sealed;
    const boundTo = row.conversationId ?? conversationId;
    return boundTo === conversationId
      ? { fate: 'kept', plan: { row, keep: { v, kid, content } } }
      : { fate: 'opened', plan: { row, reseal: { v, kid, content, conversationId: boundTo } } };
  }
  const read: Legacy = row.readable
    ? { fate: 'plain', text: withoutControls(content.toWellFormed()) }
    : readLegacy(content, key);
  if (read.fate === 'locked') {
    return { fate: 'locked', plan: { row, keep: { v: 1, kid: LEGACY_KID, content } } };
  }
  if (Buffer.byteLength(read.text) > MAX_BYTES) return { fate: 'long' };
  return { fate: read.fate === 'plain' ? 'sealed' : 'opened', plan: { row, text: read.text } };
}
