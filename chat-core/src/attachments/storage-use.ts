import type { Store } from '../storage/store.ts';
import type { Id, StorageUse } from '../wire/wire.ts';
import { openUploads, type Quotas } from './quota.ts';

/** What the files of a person use, in messages and as unsent uploads, and what they may use. */
export function storageUseOf(
  store: Pick<Store, 'totalUsage' | 'uploads'>,
  { personBytes, maxFileBytes }: Quotas,
  userId: Id,
): StorageUse {
  const { bytes, files } = store.totalUsage(userId);
  const unsent = openUploads(store.uploads()).filter((row) => row.userId === userId);
  return {
    bytes: unsent.reduce((sum, { size }) => sum + size, bytes),
    files: files + unsent.length,
    quotaBytes: personBytes,
    maxFileBytes,
  };
}
