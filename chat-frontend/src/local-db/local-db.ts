import type { Id, Message, PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { createDeadline, withTimeout } from '../deadline.ts';
import { isShared } from '../key-value-store.ts';
import type { StoredChat } from '../state/chat.ts';
import type { OutboxEntry } from '../state/pending.ts';
import type { StoredPeople } from '../state/state.ts';

/** What a page opens with; the next poll continues from the cursor. */
export type Snapshot = { cursor: string | null; people: StoredPeople; chats: StoredChat[] };
/** One atomic write. `whole`: it replaces everything; otherwise absent `people` stay as they are. */
export type SnapshotUpdate = {
  whole: boolean;
  cursor: string | null;
  people?: StoredPeople;
  chats: StoredChat[];
  messages: Message[];
  /** Conversations of which nothing else stays: those beyond the maximum, and groups that this person has left. */
  dropped: Id[];
  droppedPictures: Id[];
};

/**
 * The database of one account in this browser. Every call rejects where the browser refuses, and has then changed
 * nothing; `putEntry` and `picture` also reject after a timeout, and may still take effect then. The other calls have no
 * timeout.
 */
export type LocalDb = {
  /** Null when nothing is stored, or only in the format of an earlier page. */
  load(): Promise<Snapshot | null>;
  /** The stored messages of a conversation, ascending by seq, with gaps. */
  messages(conversationId: Id): Promise<Message[]>;
  /** False when nothing is stored that the update could be added to: only a whole one can be written. */
  write(change: SnapshotUpdate): Promise<boolean>;
  /** Deletes everything of these conversations, with the messages that wait to be sent there. */
  forgetChats(conversationIds: readonly Id[]): Promise<void>;
  outboxEntries(): Promise<OutboxEntry[]>;
  /** Resolves when the message would survive a power cut. */
  putEntry(entry: OutboxEntry): Promise<void>;
  dropEntry(id: Id): Promise<void>;
  picture(id: Id): Promise<PictureAnswer | undefined>;
  putPicture(picture: PictureAnswer): Promise<void>;
  /** Deletes everything but the outbox. */
  clearSnapshot(): Promise<void>;
  close(): void;
  /** Deletes the database, for all tabs. */
  delete(): void;
};

/** Messages stored per conversation, the newest. */
export const MAX_MESSAGES = 200;
/** Each of at most 27 KB; one more replaces any of them. */
const MAX_PICTURES = 300;
/** Changes with the format of the snapshot; one of another format is deleted and read from the server again. */
const FORMAT = 1;
/** The object stores never change: the stored snapshot itself says which format it has. */
const VERSION = 1;
const STORES = {
  about: {},
  chats: { keyPath: 'id' },
  messages: { keyPath: ['conversationId', 'seq'] },
  pictures: { keyPath: 'id' },
  outbox: { keyPath: 'id' },
};

/** The keys of a conversation's messages up to a seq; without one, of all. */
const upTo = (conversationId: Id, seq: number | [] = []) =>
  IDBKeyRange.bound([conversationId], [conversationId, seq]);

/** Opens the database of one account; undefined where the browser has none. It has no timeout. */
async function openLocalDb(userId: Id, clock: Clock): Promise<LocalDb | undefined> {
  const db = await openDatabase(`bisik.${userId}`, STORES).catch(() => undefined);
  if (!db) return undefined;
  const withDeadline = createDeadline(clock);

  const clearSnapshot = () =>
    db.write((store) => {
      for (const name of ['about', 'chats', 'messages', 'pictures']) store(name).clear();
    });

  return {
    async load() {
      const [at, people, chats] = await db.read((store) =>
        Promise.all([
          requestResult<{ form: number; cursor: string | null } | undefined>(store('about').get('at')),
          requestResult<StoredPeople>(store('about').get('people')),
          requestResult<StoredChat[]>(store('chats').getAll()),
        ]),
      );
      if (at?.form === FORMAT) return { cursor: at.cursor, people, chats };
      if (at) await clearSnapshot();
      return null;
    },
    messages: (conversationId) =>
      db.read((store) => requestResult(store('messages').getAll(upTo(conversationId)))),
    write: (update) =>
      db.write(async (store) => {
        const about = store('about');
        const chats = store('chats');
        const messages = store('messages');
        if (update.whole) for (const each of [about, chats, messages]) each.clear();
        else if (!(await requestResult(about.getKey('at')))) return false;
        about.put({ form: FORMAT, cursor: update.cursor }, 'at');
        if (update.people) about.put(update.people, 'people');
        for (const id of update.dropped) {
          chats.delete(id);
          messages.delete(upTo(id));
        }
        for (const id of update.droppedPictures) store('pictures').delete(id);
        for (const message of update.messages) messages.put(message);
        for (const chat of update.chats) {
          chats.put(chat);
          const before = Math.max(chat.lastSeq - MAX_MESSAGES, (chat.group?.fromSeq ?? 1) - 1);
          if (before > 0) messages.delete(upTo(chat.id, before));
        }
        return true;
      }),
    forgetChats: (conversationIds) =>
      db.write(async (store) => {
        for (const id of conversationIds) {
          store('chats').delete(id);
          store('messages').delete(upTo(id));
        }
        const outbox = store('outbox');
        for (const { id, conversationId } of await requestResult<OutboxEntry[]>(outbox.getAll()))
          if (conversationIds.includes(conversationId)) outbox.delete(id);
      }),
    outboxEntries: () => db.read((store) => requestResult(store('outbox').getAll())),
    putEntry: (entry) => withDeadline(db.write((store) => void store('outbox').put(entry), 'strict')),
    dropEntry: (id) => db.write((store) => void store('outbox').delete(id)),
    picture: (id) => withDeadline(db.read((store) => requestResult(store('pictures').get(id)))),
    putPicture: (picture) =>
      db.write(async (store) => {
        const pictures = store('pictures');
        const keys = await requestResult(pictures.getAllKeys());
        if (keys.length >= MAX_PICTURES) pictures.delete(keys[0] ?? '');
        pictures.put(picture);
      }),
    clearSnapshot,
    close: db.close,
    delete: db.remove,
  };
}

let prefetched: { userId: Id; db: Promise<LocalDb | undefined> } | undefined;

/** Opens and loads the database while the page's script is still being fetched. Resolves with whether it holds a snapshot. */
export async function prefetchLocalDb(userId: Id, clock: Clock): Promise<boolean> {
  const opening = openLocalDb(userId, clock);
  const loading = opening.then((db) => db?.load() ?? null);
  const db = opening.then((opened) => opened && { ...opened, load: () => loading });
  prefetched = { userId, db };
  return (await withTimeout(clock, loading, null)) !== null;
}

/** The prefetched database, once; otherwise opens it now. */
export async function takeLocalDb(userId: Id, clock: Clock): Promise<LocalDb | undefined> {
  const taken = prefetched;
  prefetched = undefined;
  if (taken?.userId === userId) return taken.db;
  void taken?.db.then((other) => other?.close());
  return openLocalDb(userId, clock);
}

/** What a transaction does to the object stores of a database. */
type Work<T> = (store: (name: string) => IDBObjectStore) => Promise<T> | T;
/** The result of one IndexedDB request. */
export function requestResult<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Opens a database. One of another version, or without one of the object stores, is replaced by an empty one; one that
 * does not open now (quota, a failing disk) stays as it is.
 * @throws DOMException or any other error of the browser when it cannot be opened
 */
export async function openDatabase(name: string, stores: Record<string, IDBObjectStoreParameters>) {
  async function open(): Promise<IDBDatabase> {
    if (isShared()) throw new DOMException(name, 'InvalidStateError');
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      for (const [store, key] of Object.entries(stores)) request.result.createObjectStore(store, key);
    };
    const db = await requestResult(request);
    if (Object.keys(stores).every((store) => db.objectStoreNames.contains(store))) return db;
    db.close();
    throw new DOMException(name, 'VersionError');
  }

  const db = await open().catch(async (thrown: unknown) => {
    if ((thrown as Partial<DOMException>).name !== 'VersionError') throw thrown;
    await requestResult(indexedDB.deleteDatabase(name));
    return open();
  });
  // Another tab deletes it.
  db.onversionchange = () => db.close();
  return transactionsOf(db);
}

function transactionsOf(db: IDBDatabase) {
  function transact<T>(mode: IDBTransactionMode, work: Work<T>, durability: IDBTransactionDurability) {
    return new Promise<T>((resolve, reject) => {
      const transaction = db.transaction([...db.objectStoreNames], mode, { durability });
      const done = (async () => work((name) => transaction.objectStore(name)))();
      transaction.oncomplete = () => resolve(done);
      transaction.onabort = () => reject(transaction.error);
      // A private window of WebKit refuses a Blob, and commits the transaction nevertheless.
      transaction.onerror = ({ target }) => reject((target as IDBRequest).error);
      // Commits at once, so that a page that closes now loses nothing; a transaction that has ended needs neither call.
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
    /** Atomic. With `strict` durability it resolves when the data would survive a power cut. */
    write: <T>(work: Work<T>, durability: IDBTransactionDurability = 'relaxed') =>
      transact('readwrite', work, durability),
    close: () => db.close(),
    /** Deletes the database, for all tabs. */
    remove(): void {
      db.close();
      indexedDB.deleteDatabase(db.name);
    },
  };
}
