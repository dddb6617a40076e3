import type { Store } from '../storage/store.ts';
import { MAX_LARGEST } from '../wire/attachments.ts';
import type { Id, StorageUse } from '../wire/wire.ts';
import { openUploads, type Quotas, quotaOf } from './quota.ts';

/** What the files of a person use, in messages and as unsent uploads, where they use most, and what they may use. */
export function storageUseOf(
  store: Pick<Store, 'totalUsage' | 'largestUsages' | 'uploads' | 'signedIn'>,
  { personBytes, maxFileBytes }: Quotas,
  userId: Id,
): StorageUse {
  const { bytes, files } = store.totalUsage(userId);
  const open = openUploads(store.uploads()).filter((row) => row.userId === userId);
  const unsent = { bytes: open.reduce((sum, { size }) => sum + size, 0), files: open.length };
  return {
    bytes: bytes + unsent.bytes,
    files: files + unsent.files,
    quotaBytes: quotaOf(store.signedIn(userId), personBytes),
    maxFileBytes,
    unsent,
    conversations: store
      .largestUsages(userId, MAX_LARGEST)
      .map((one) => ({ conversationId: one.conversationId, bytes: one.bytes, files: one.files })),
  };
}
