import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { type KeyValueStore, keysOf, readJson } from '../key-value-store.ts';
import type { OutboxEntry } from '../state/pending.ts';
import { accountPrefix, openAccountKeys } from './account-keys.ts';
import type { LocalDb } from './local-db.ts';

/** A change that one tab reports to the others. */
export type OutboxStoreChange = { put: OutboxEntry } | { drop: Id };
type EntryTable = Pick<LocalDb, 'outboxEntries' | 'putEntry' | 'dropEntry'>;
export type OutboxStore = ReturnType<typeof createOutboxStore>;

/**
 * The outbox of one account in this browser, each message under its own key, so that two tabs never overwrite each other.
 * It is in the database, with a copy in memory; in the key-value store until the database is open, or where that refuses
 * or does not answer.
 */
export function createOutboxStore(
  keyValueStore: KeyValueStore,
  userId: Id,
  notify: (change: OutboxStoreChange) => void,
) {
  const prefix = `${accountPrefix(userId)}outbox.`;
  const keys = openAccountKeys(keyValueStore, userId);
  const held = new Map<Id, OutboxEntry>();
  /** Being written to the database. */
  const storing = new Set<Id>();
  let table: EntryTable | undefined;
  /** Dropped by some tab: a change that another tab made meanwhile, such as a failed attempt, must not bring it back. */
  const dropped = new Set<Id>();
  /** The ids that changed since the database was last read. */
  let touched = new Set<Id>();
  let rereading: Promise<boolean> | undefined;

  const entriesInKeyValueStore = () =>
    keysOf(keys, prefix)
      .map((key) => readJson(keys, key) as OutboxEntry | null)
      .filter((entry) => entry !== null);

  const putInKeyValueStore = (entry: OutboxEntry) => keys.setItem(prefix + entry.id, JSON.stringify(entry));

  async function store(into: EntryTable, entry: OutboxEntry): Promise<void> {
    const { id } = entry;
    storing.add(id);
    try {
      await into.putEntry(entry);
      keys.removeItem(prefix + id);
    } catch {
      if (held.get(id) === entry) putInKeyValueStore(entry);
    }
    storing.delete(id);
    if (held.get(id) === entry) notify({ put: entry });
  }

  async function reread(): Promise<boolean> {
    touched = new Set(storing);
    const rows = await table?.outboxEntries().catch(() => undefined);
    if (!rows) return false;
    const there = new Map(rows.map((entry) => [entry.id, entry]));
    for (const id of new Set([...held.keys(), ...there.keys()])) {
      const entry = there.get(id);
      if (touched.has(id)) continue;
      if (entry) held.set(id, entry);
      else held.delete(id);
    }
    return true;
  }

  return {
    read: (id: Id): OutboxEntry | null => held.get(id) ?? (readJson(keys, prefix + id) as OutboxEntry | null),
    /** `onStored` is called when the message would survive a reload, as far as this browser lets it. */
    write(entry: OutboxEntry, onStored?: () => void): void {
      if (table) {
        held.set(entry.id, entry);
        touched.add(entry.id);
        void store(table, entry).then(onStored);
      } else {
        putInKeyValueStore(entry);
        onStored?.();
      }
    },
    /** Changes a message without storing it in the database, unless it is just being stored. */
    hold(entry: OutboxEntry): void {
      if (!table) putInKeyValueStore(entry);
      else if (!storing.has(entry.id)) held.set(entry.id, entry);
    },
    drop(id: Id): void {
      dropped.add(id);
      keys.removeItem(prefix + id);
      touched.add(id);
      if (!held.delete(id)) return;
      table?.dropEntry(id).catch(() => undefined);
      notify({ drop: id });
    },
    /** Whether a message would survive a reload, as far as this browser lets it. */
    isStored: (id: Id) => !storing.has(id),
    /** In the order of writing. */
    entries: (): OutboxEntry[] => {
      const byId = new Map([...entriesInKeyValueStore(), ...held.values()].map((entry) => [entry.id, entry]));
      return [...byId.values()].sort((a, b) => a.order - b.order);
    },
    /** Stores in the database from now on; resolves when the entries of the key-value store are there too. */
    async use(db: EntryTable): Promise<void> {
      table = db;
      const stored = entriesInKeyValueStore().map(
        (entry) => new Promise<void>((done) => this.write(entry, done)),
      );
      await Promise.all(stored);
    },
    /** Reads the database again: a suspended tab may have missed changes of other tabs. Resolves with whether it could. */
    reread: (): Promise<boolean> => {
      rereading ??= reread().finally(() => {
        rereading = undefined;
      });
      return rereading;
    },
    /** Applies a change that another tab reports. */
    apply(change: OutboxStoreChange): void {
      const id = 'put' in change ? change.put.id : change.drop;
      touched.add(id);
      if ('put' in change && !dropped.has(id)) held.set(id, change.put);
      else {
        dropped.add(id);
        keys.removeItem(prefix + id);
        held.delete(id);
        table?.dropEntry(id).catch(() => undefined);
      }
    },
    clear: () => held.clear(),
    isKey: (key: string | null) => key === null || key.startsWith(prefix),
  };
}
