import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { type KeyValueStore, openKeyValueStore } from '../../key-value-store.ts';
import { openAccountKeys } from '../../local-db/account-keys.ts';
import { createFileBlobs, type FileBlobs } from '../../local-db/file-blobs.ts';
import type { Ui } from '../ui.ts';

type Account = { userId: Id; store: KeyValueStore; blobs: () => FileBlobs };
let opened: Account | undefined;

/** What this browser stores for the account that is signed in, opened once. */
export function accountOf({ state, clock }: Pick<Ui, 'state' | 'clock'>): Account {
  const userId = state().me?.id ?? '';
  if (opened?.userId === userId) return opened;
  let blobs: FileBlobs | undefined;
  opened = {
    userId,
    store: openAccountKeys(openKeyValueStore(), userId),
    blobs() {
      blobs ??= createFileBlobs(userId, clock);
      return blobs;
    },
  };
  return opened;
}
