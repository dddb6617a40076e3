import { reactionsBinding } from '../../cipher/binding.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import { sealedReactions } from '../../cipher/sealed-fields.ts';
import { type ReactionList, readReactionList, writeReactionList } from '../../reactions/reaction-list.ts';
import type { StoredMessage, StoredReactions } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';

/** The reactions to a message of a file: readable, or sealed by the box that wrote it. */
export type SeedReactions = ReactionList | StoredReactions;

type Row = Pick<StoredMessage, 'id'> & { conversationId?: Id; reactions?: SeedReactions };

/** The reactions of a row of a file; undefined when they are none. */
export function readSeedReactions(value: unknown): SeedReactions | undefined {
  return Array.isArray(value) ? readReactionList(JSON.stringify(value)) : readSeedSealed(value);
}

/** A sealed list of a row of a file, and the number of its changes; undefined when it is none. */
export function readSeedSealed(value: unknown): StoredReactions | undefined {
  const { v, kid, content, edit } = (value ?? {}) as Record<string, unknown>;
  const isSealed = v === 1 && typeof kid === 'string' && typeof content === 'string';
  return isSealed && Number.isSafeInteger(edit) ? { v, kid, content, edit: Number(edit) } : undefined;
}

/**
 * The reactions of rows, sealed for the conversation that the rows are imported into. Those that do not open are left out.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function sealSeedReactions<SeedRow extends Row>(
  cipher: Cipher,
  conversationId: Id,
  rows: SeedRow[],
): Promise<Map<SeedRow, StoredReactions>> {
  const sealed = rows.flatMap((row) =>
    row.reactions && 'kid' in row.reactions ? [{ row, reactions: row.reactions }] : [],
  );
  const texts = await cipher.openMany(
    sealed.flatMap(({ row, reactions }) =>
      sealedReactions({ id: row.id, conversationId: row.conversationId ?? conversationId, reactions }),
    ),
  );
  const opened = new Map(sealed.map(({ row }, index) => [row, readReactionList(texts[index])]));
  const result = new Map<SeedRow, StoredReactions>();
  for (const row of rows) {
    const list = row.reactions && 'kid' in row.reactions ? opened.get(row) : row.reactions;
    if (!list || list.length === 0) continue;
    const binding = reactionsBinding({ id: row.id, conversationId }, 1);
    result.set(row, { ...(await cipher.seal(writeReactionList(list), binding)), edit: 1 });
  }
  return result;
}
