import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { withTimeout } from '../deadline.ts';
import { attempt, type KeyValueStore } from '../key-value-store.ts';
import type { Event } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { filesDatabase, picturesDatabase, wipeAccountKeys } from './account-keys.ts';
import { createDrafts } from './drafts.ts';
import { type LocalDb, takeLocalDb } from './local-db.ts';
import { createOutboxStore, type OutboxStoreChange } from './outbox-store.ts';
import { createSnapshotWriter } from './snapshot-writer.ts';

/** What one tab reports to the others about what it has stored. */
export type StorageNote = { type: 'unsent'; note: OutboxStoreChange } | { type: 'written'; cursor: string };

type Deps = {
  store: Store;
  keyValueStore: KeyValueStore;
  clock: Clock;
  tabs: { unsent: (note: OutboxStoreChange) => void; written: (cursor: string) => void };
  cursor: () => string | null;
  leads: () => boolean;
  open?: (userId: Id, clock: Clock) => Promise<LocalDb | undefined>;
};
export type AccountStorage = ReturnType<typeof createAccountStorage>;

/**
 * Everything this browser stores for one account: drafts in the key-value store, the outbox and the snapshot in the
 * database. Without a database the outbox is in the key-value store too, and there is no snapshot.
 */
export function createAccountStorage(userId: Id, deps: Deps) {
  const { store, keyValueStore, clock, tabs, cursor, leads, open = takeLocalDb } = deps;
  const drafts = createDrafts(keyValueStore, userId);
  const outboxStore = createOutboxStore(keyValueStore, userId, tabs.unsent);
  const snapshot = createSnapshotWriter({ store, clock, cursor, leads, onWritten: tabs.written });
  let isLoaded = false;

  async function load(): Promise<string | null> {
    const db = await open(userId, clock);
    if (!snapshot.attach(db) || !db) return null;
    const found = await db.load().catch(() => null);
    isLoaded = true;
    await outboxStore.use(db);
    await outboxStore.reread();
    // The server may have answered first.
    if (!found || snapshot.isEnded() || store.get().ready) return null;
    store.dispatch({ type: 'snapshot', people: found.people, chats: found.chats });
    return found.cursor;
  }

  return {
    ...drafts,
    outboxStore,
    /** The state; each change of it goes into the snapshot. */
    store: {
      get: store.get,
      dispatch(event: Event): void {
        const before = store.get();
        store.dispatch(event);
        if (store.get() !== before) snapshot.record(event, before);
      },
    },
    newestMessages: snapshot.newestMessages,
    picture: snapshot.picture,
    /**
     * Loads the snapshot into the state; resolves with its cursor, or null when there is none or the browser does not
     * answer before the timeout. `onLate` then receives the cursor when it answers after all.
     */
    async begin(onLate: (cursor: string | null) => void = () => undefined): Promise<string | null> {
      let [isOver, isLate] = [false, false];
      const loading = load().then((from) => {
        isOver = true;
        if (isLate) onLate(from);
        return from;
      });
      const from = await withTimeout(clock, loading, null);
      isLate = !isOver;
      return from;
    },
    /** Whether chats and messages are stored. */
    storesChats: () => isLoaded && snapshot.isWriting(),
    follow(note: StorageNote): void {
      if (note.type === 'unsent') outboxStore.apply(note.note);
      else snapshot.writtenElsewhere(note.cursor);
    },
    /** This tab leads now. */
    schedule: snapshot.schedule,
    flush: snapshot.flush,
    /** Deletes everything, for all tabs. */
    wipe(): void {
      outboxStore.clear();
      snapshot.wipe();
      dropDatabase(filesDatabase(userId));
      dropDatabase(picturesDatabase(userId));
      wipeAccountKeys(keyValueStore, userId);
    },
    /** The session has ended: what was not sent yet stays, with its files. */
    close(): void {
      snapshot.close();
      dropDatabase(picturesDatabase(userId));
    },
  };
}

const dropDatabase = (name: string) => attempt<unknown>(() => indexedDB.deleteDatabase(name), undefined);
