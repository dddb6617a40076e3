/** What a transaction does to the stores of a database. */
export type Work<T> = (store: (name: string) => IDBObjectStore) => Promise<T> | T;
/** The structure never changes: what is kept says itself which form it has. */
const VERSION = 1;

/** The answer of one request of a transaction. */
export function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * A database of this browser. One of another version, or that lacks a store, is replaced by an empty one; one that only
 * does not open now (no room, a failing disk) stays as it is.
 * @throws DOMException, or whatever else the browser says, when there is none to be had
 */
export async function openDatabase(name: string, stores: Record<string, IDBObjectStoreParameters>) {
  async function open(): Promise<IDBDatabase> {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      for (const [store, key] of Object.entries(stores)) request.result.createObjectStore(store, key);
    };
    const db = await asked(request);
    if (Object.keys(stores).every((store) => db.objectStoreNames.contains(store))) return db;
    db.close();
    throw new DOMException(name, 'VersionError');
  }

  const db = await open().catch(async (thrown: unknown) => {
    if ((thrown as Partial<DOMException>).name !== 'VersionError') throw thrown;
    await asked(indexedDB.deleteDatabase(name));
    return open();
  });
  // Another tab wipes it.
  db.onversionchange = () => db.close();
  return around(db);
}

function around(db: IDBDatabase) {
  function transact<T>(mode: IDBTransactionMode, work: Work<T>, durability: IDBTransactionDurability) {
    return new Promise<T>((resolve, reject) => {
      const transaction = db.transaction([...db.objectStoreNames], mode, { durability });
      const done = (async () => work((name) => transaction.objectStore(name)))();
      transaction.oncomplete = () => resolve(done);
      transaction.onabort = () => reject(transaction.error);
      // At once, so that it outlives a page that is closed now; one that has ended by itself needs neither.
      done
        .then(
          () => transaction.commit(),
          () => transaction.abort(),
        )
        .catch(() => undefined);
    });
  }

  return {
    read: <T>(work: Work<T>) => transact('readonly', work, 'default'),
    /** Everything the work does, or nothing. `strict`: resolves when it would survive a power cut. */
    write: <T>(work: Work<T>, durability: IDBTransactionDurability = 'relaxed') =>
      transact('readwrite', work, durability),
    close: () => db.close(),
    /** For every tab. */
    remove(): void {
      db.close();
      indexedDB.deleteDatabase(db.name);
    },
  };
}
