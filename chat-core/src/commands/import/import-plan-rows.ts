import { readAuthor, sealedForm } from '../../imports/archive-row.ts';
import { toId } from '../../storage/foreign-ids.ts';
import { withoutControls } from '../../wire/text.ts';
import type { Id } from '../../wire/wire.ts';
import { type LegacyContent, readLegacyContent } from './legacy-cipher.ts';
import { MAX_SEALED_BYTES } from './seed-fields.ts';
import type { SeedRow } from './seed-file.ts';

type Ciphertext = { v: 1; kid: string; content: string };

/**
 * A row to import: text to seal, ciphertext to store unchanged, or ciphertext to open and seal for another conversation.
 * `answers` is the id of the message it answers.
 */
export type PlannedRow = { row: SeedRow; answers?: Id } & (
  | { text: string }
  | { unchanged: Ciphertext }
  | { reseal: Ciphertext & { conversationId: Id } }
);

/** What an import does with a row. */
export type RowOutcome =
  | 'sealed'
  | 'opened'
  | 'unchanged'
  | 'locked'
  | 'deleted'
  | 'event'
  | 'existing'
  | 'repeated'
  | 'unknownUser'
  | 'expired'
  | 'tooLong';

/** No keyring has a key of this name, so such a row always opens to "locked". */
export const LEGACY_KID = 'legacy';

/** Of rows with the same id the first has it; one with another sender, time or content gets a new id. */
export function withUniqueIds(rows: SeedRow[]): SeedRow[] {
  const seen = new Map<Id, string>();
  const unique: SeedRow[] = [];
  for (const row of rows) {
    const time = row.isTimeGuessed ? null : row.timestamp;
    const message = JSON.stringify([row.senderId, time, row.content]);
    const id = seen.has(row.id) ? toId('message', `${row.id} ${message}`) : row.id;
    if (seen.get(row.id) === message || seen.get(id) === message) continue;
    seen.set(id, message);
    unique.push({ ...row, id });
  }
  return unique;
}

/** By seq where every row has one (a Bisik export), else by time; rows of the same time stay in the order of the file. */
export function inOrder(rows: SeedRow[]): SeedRow[] {
  const numbered = rows.every(({ seq }) => seq !== undefined);
  return rows.toSorted((a, b) => (numbered ? (a.seq ?? 0) - (b.seq ?? 0) : a.timestamp - b.timestamp));
}

/** The ids of a pair's rows by conversation and seq of the exporting server, by which a reply names its message. */
export function idsBySeq(rows: SeedRow[]): Map<string | undefined, Id> {
  const numbered = rows.filter(({ seq }) => seq !== undefined);
  return new Map(numbered.map((row) => [seqKey(row, row.seq), row.id]));
}

export function seqKey({ conversationId = '' }: SeedRow, seq: number | undefined): string | undefined {
  return seq === undefined ? undefined : `${conversationId} ${seq}`;
}

/** What is sealed of a readable row: an imported one has its author's name with its text. */
function textToSeal({ content, imported }: SeedRow): string {
  const text = withoutControls(content.toWellFormed());
  return imported ? sealedForm(readAuthor(imported.name), text) : text;
}

/** What becomes of a row at the time `now` of the box. `key` opens the original's ciphertext. */
export function planRow(
  row: SeedRow,
  conversationId: Id,
  now: number,
  key?: Buffer,
): { outcome: RowOutcome; plan?: PlannedRow } {
  const { content, sealed = { v: 1, kid: LEGACY_KID }, deletedAt, expiresAt } = row;
  if (expiresAt !== undefined && expiresAt <= now) return { outcome: 'expired' };
  if (row.event) return { outcome: 'event', plan: { row, unchanged: { v: 1, kid: '', content: '' } } };
  if (deletedAt !== undefined) {
    return { outcome: 'deleted', plan: { row, unchanged: { ...sealed, content: '' } } };
  }
  if (row.sealed && !row.readable) {
    const { v, kid } = sealed;
    const boundTo = row.conversationId ?? conversationId;
    return boundTo === conversationId
      ? { outcome: 'unchanged', plan: { row, unchanged: { v, kid, content } } }
      : { outcome: 'opened', plan: { row, reseal: { v, kid, content, conversationId: boundTo } } };
  }
  const read: LegacyContent = row.readable
    ? { form: 'plain', text: textToSeal(row) }
    : readLegacyContent(content, key);
  if (read.form === 'locked') {
    return { outcome: 'locked', plan: { row, unchanged: { v: 1, kid: LEGACY_KID, content } } };
  }
  if (Buffer.byteLength(read.text) > MAX_SEALED_BYTES) return { outcome: 'tooLong' };
  return { outcome: read.form === 'plain' ? 'sealed' : 'opened', plan: { row, text: read.text } };
}
