import { ApiError } from '../errors.ts';
import type { OpenUpload, Tx, UploadRow } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { openUploads } from './quota.ts';

/**
 * Checks in the transaction of a message that its files can still be claimed. @throws ApiError NO_SUCH_FILE
 */
export async function requireClaimable(
  tx: Pick<Tx, 'uploads'>,
  userId: Id,
  conversationId: Id,
  ids: Id[],
): Promise<void> {
  claimable(await tx.uploads(), userId, conversationId, ids);
}

/** The uploads of a person to a conversation with these ids, in their order. @throws ApiError NO_SUCH_FILE unless all are open */
export function claimable(uploads: UploadRow[], userId: Id, conversationId: Id, ids: Id[]): OpenUpload[] {
  const open = new Map(openUploads(uploads).map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = open.get(id);
    if (row?.userId !== userId || row.conversationId !== conversationId) throw new ApiError('NO_SUCH_FILE');
    return row;
  });
}
