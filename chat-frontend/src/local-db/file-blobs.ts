import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { TIMEOUT_MS, withTimeout } from '../deadline.ts';
import { filesDatabase } from './account-keys.ts';
import { openDatabase, requestResult } from './local-db.ts';

/** The content of a file that waits to be sent. `at`: when it was stored, in epoch milliseconds. */
export type StoredFile = { id: Id; conversationId: Id; blob: Blob; at: number };
export type FileBlobs = ReturnType<typeof createFileBlobs>;

/** By then a file without a message in the outbox was left behind by a page that closed between the two. */
const MAX_UNUSED_MS = 60 * 60 * 1_000;

/** How long a file may take to be stored besides the usual timeout, per byte. */
const MS_PER_BYTE = 1 / 1_000;

/**
 * The contents of the files that one account has still to send, in a database of their own, so that they survive a
 * reload. Where the browser has none, refuses it or does not answer, they are in memory, and end with the page.
 */
export function createFileBlobs(userId: Id, clock: Clock) {
  const inMemory = new Map<Id, StoredFile>();
  const opening = withTimeout(clock, openBlobs(userId), undefined);
  const read = async <T>(work: (store: IDBObjectStore) => Promise<T>, fallback: T): Promise<T> => {
    const db = await opening;
    return db
      ? withTimeout(
          clock,
          db.read((store) => work(store('blobs'))),
          fallback,
        )
      : fallback;
  };

  async function all(): Promise<StoredFile[]> {
    const stored = await read<StoredFile[]>((store) => requestResult(store.getAll()), []);
    return [...stored, ...inMemory.values()];
  }

  async function drop(ids: readonly Id[]): Promise<void> {
    for (const id of ids) inMemory.delete(id);
    const db = await opening;
    const deleting = db?.write((store) => {
      for (const id of ids) store('blobs').delete(id);
    });
    if (deleting) await withTimeout(clock, deleting, undefined);
  }

  async function dropWhere(isUnwanted: (file: StoredFile) => boolean): Promise<void> {
    await drop((await all()).filter(isUnwanted).map(({ id }) => id));
  }

  /** Rejects where there is no database, or it does not answer: then it may store the file nevertheless. */
  async function store(file: StoredFile): Promise<void> {
    const db = await opening;
    if (!db) throw new DOMException('no database', 'InvalidStateError');
    const storing = db.write((table) => void table('blobs').put(file), 'strict');
    await new Promise<void>((resolve, reject) => {
      const timeoutMs = TIMEOUT_MS + file.blob.size * MS_PER_BYTE;
      const cancel = clock.after(timeoutMs, () => reject(new DOMException('no answer', 'TimeoutError')));
      storing.then(resolve, reject).finally(cancel);
    });
  }

  return {
    /** Whether files survive the page. */
    persists: async () => (await opening) !== undefined,
    /** @throws DOMException QuotaExceededError when there is no room, or NotReadableError when the file is not there any more */
    async put(file: StoredFile): Promise<void> {
      try {
        await store(file);
      } catch (thrown) {
        if ((thrown as Partial<DOMException> | null)?.name === 'QuotaExceededError') throw thrown;
        await file.blob.slice(0, 1).arrayBuffer();
        inMemory.set(file.id, file);
      }
    },
    get: async (id: Id): Promise<StoredFile | undefined> =>
      inMemory.get(id) ??
      (await read<StoredFile | undefined>((table) => requestResult(table.get(id)), undefined)),
    drop,
    /** Deletes the files for these conversations. */
    forgetChats: (ids: readonly Id[]) => dropWhere(({ conversationId }) => ids.includes(conversationId)),
    /** Deletes what no message of the outbox has. */
    sweep: (isUsed: (id: Id) => boolean) =>
      dropWhere(({ id, at }) => !isUsed(id) && Math.abs(clock.now() - at) > MAX_UNUSED_MS),
  };
}

/** The database, if it takes files: a private window may refuse them. Rejects where the browser does. */
async function openBlobs(userId: Id) {
  const db = await openDatabase(filesDatabase(userId), { blobs: { keyPath: 'id' } });
  await db.write((store) => {
    store('blobs').put({ id: 'probe', conversationId: '', blob: new Blob(['x']), at: 0 });
    store('blobs').delete('probe');
  });
  return db;
}
