import { v5 as nameBasedUuid } from 'uuid';
import { openRange, requireFile } from '../../attachments/download.ts';
import type { Transfers } from '../../attachments/transfers.ts';
import type { Uploads } from '../../attachments/uploads.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import type { RateLimiter } from '../../http/limiter.ts';
import type { Store } from '../../storage/store.ts';
import { MAX_PART_BYTES } from '../../wire/attachments.ts';
import type { Id } from '../../wire/wire.ts';
import type { Source } from './source.ts';

export type CopyDeps = {
  store: Store;
  cipher: Cipher;
  uploads: Pick<Uploads, 'create' | 'storePart' | 'cancel'>;
  transfers: Pick<Transfers, 'run'>;
  limits: Pick<RateLimiter, 'consume'>;
};

/** What one request may still copy, and how much it has copied. */
export type CopyBudget = { isSpent(): boolean; copied: number };

/** The ids of the copies of a message's files: the same for each repeat of the request. */
export function copyIds({ message }: Source, messageId: Id): Id[] {
  return (message.attachments ?? []).map(({ id }) => nameBasedUuid(id, messageId));
}

/**
 * Copies the files of a message as uploads of this person to another conversation, part by part: opened, and sealed with a key
 * of their own. They count for the person like files from their own device. An interrupted copy goes on where it was.
 * @returns the ids that a message can claim; undefined when `budget` was spent before the last byte
 * @throws ApiError what reading the file or uploading it throws, DAILY_LIMIT
 */
export async function copyFiles(
  deps: CopyDeps,
  userId: Id,
  source: Source,
  target: { conversationId: Id; messageId: Id },
  budget: CopyBudget,
): Promise<Id[] | undefined> {
  const { store, uploads, transfers, limits } = deps;
  const { conversationId, seq } = source.row;
  const ids = copyIds(source, target.messageId);
  for (const [index, { id: attachmentId, size, locked: _, ...metadata }] of (
    source.message.attachments ?? []
  ).entries()) {
    const id = ids[index] ?? '';
    let { offset } = await uploads.create(userId, {
      ...metadata,
      id,
      conversationId: target.conversationId,
      size,
    });
    while (offset < size) {
      if (budget.isSpent()) return undefined;
      const end = Math.min(offset + MAX_PART_BYTES, size);
      limits.consume('stored', userId, Math.ceil((end - offset) / 1024));
      // Read for each part: the message may have been deleted, or its reader removed, since the last one.
      const found = await requireFile(store, userId, { conversationId, seq, attachmentId });
      const start = offset;
      ({ offset } = await transfers.run(userId, async () => {
        const part = await openRange(deps, found, { start, end });
        return uploads.storePart(userId, id, start, [part]);
      }));
      budget.copied += end - start;
    }
  }
  return ids;
}
