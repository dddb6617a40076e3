import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { withTimeout } from '../deadline.ts';
import { filesDatabase } from './account-keys.ts';
import { openDatabase, requestResult } from './local-db.ts';

/** The content of a file that waits to be sent. `at`: when it was stored, in epoch milliseconds. */
export type StoredFile = { id: Id; conversationId: Id; blob: Blob; at: number };
export type FileBlobs = ReturnType<typeof createFileBlobs>;

/** By then a file without a message in the outbox was left behind by a page that closed between the two. */
const MAX_UNUSED_MS = 60 * 60 * 1_000;
const STORES = { blobs: { keyPath: 'id' } };

/**
 * The contents of the files that one account has still to send, in a database of their own, so that they survive a
 * reload. Where the browser has none or refuses it, they are in memory, and end with the page.
 */
export function createFileBlobs(userId: Id, clock: Clock) {
  const inMemory = new Map<Id, StoredFile>();
  const opening = withTimeout(
    clock,
    // Also the access to `indexedDB` may throw.
    (async () => openDatabase(filesDatabase(userId), STORES))(),
    undefined,
  );

  /** The stored files, without their contents where the browser reads them only on demand. */
  async function all(): Promise<StoredFile[]> {
    const db = await opening;
    const stored = db?.read((store) => requestResult<StoredFile[]>(store('blobs').getAll()));
    return [...((await stored?.catch(() => undefined)) ?? []), ...inMemory.values()];
  }

  async function drop(ids: readonly Id[]): Promise<void> {
    for (const id of ids) inMemory.delete(id);
    const db = await opening;
    const deleting = db?.write((store) => {
      for (const id of ids) store('blobs').delete(id);
    });
    await deleting?.catch(() => undefined);
  }

  async function dropWhere(isUnwanted: (file: StoredFile) => boolean): Promise<void> {
    await drop((await all()).filter(isUnwanted).map(({ id }) => id));
  }

  return {
    /** Whether files survive the page. */
    persists: async () => (await opening) !== undefined,
    /** @throws DOMException QuotaExceededError when there is no room, or NotReadableError when the file is not there any more */
    async put(file: StoredFile): Promise<void> {
      try {
        const db = await opening;
        if (!db) throw new DOMException('no database', 'InvalidStateError');
        await db.write((store) => void store('blobs').put(file), 'strict');
      } catch (thrown) {
        if ((thrown as Partial<DOMException> | null)?.name === 'QuotaExceededError') throw thrown;
        // A private window may refuse files only.
        await file.blob.slice(0, 1).arrayBuffer();
        inMemory.set(file.id, file);
      }
    },
    async get(id: Id): Promise<StoredFile | undefined> {
      const db = await opening;
      const stored = db?.read((store) => requestResult<StoredFile | undefined>(store('blobs').get(id)));
      return inMemory.get(id) ?? (await stored?.catch(() => undefined));
    },
    drop,
    /** Deletes the files for these conversations. */
    forgetChats: (ids: readonly Id[]) => dropWhere(({ conversationId }) => ids.includes(conversationId)),
    /** Deletes what no message of the outbox has. */
    sweep: (isUsed: (id: Id) => boolean) =>
      dropWhere(({ id, at }) => !isUsed(id) && Math.abs(clock.now() - at) > MAX_UNUSED_MS),
  };
}
