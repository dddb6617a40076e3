import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { type KeyValueStore, keysOf, readJson } from '../key-value-store.ts';
import type { OutboxEntry } from '../state/pending.ts';
import { keptPrefix } from './drafts.ts';
import type { LocalDb } from './local-db.ts';

/** What one tab tells the others of a message that waits. */
export type UnsentNote = { put: OutboxEntry } | { drop: Id };
export type Outlet = Pick<LocalDb, 'outboxEntries' | 'putEntry' | 'dropEntry'>;
export type Unsent = ReturnType<typeof createUnsent>;

/**
 * The unsent messages of one account in this browser, each under its own key: two tabs never overwrite each other.
 * They are in the archive, and held here as well; until one is there, or where it refuses or is silent, on the key-value store.
 */
export function createUnsent(keyValueStore: KeyValueStore, userId: Id, tell: (note: UnsentNote) => void) {
  const prefix = `${keptPrefix(userId)}outbox.`;
  const held = new Map<Id, OutboxEntry>();
  /** On their way into the archive. */
  const storing = new Set<Id>();
  let outlet: Outlet | undefined;
  /** What changed since the archive was last asked. */
  let touched = new Set<Id>();
  let rereading: Promise<void> | undefined;

  const inKeyValueStore = () =>
    keysOf(keyValueStore, prefix)
      .map((key) => readJson(keyValueStore, key) as OutboxEntry | null)
      .filter((entry) => entry !== null);

  const putInKeyValueStore = (entry: OutboxEntry) =>
    keyValueStore.setItem(prefix + entry.id, JSON.stringify(entry));

  async function store(into: Outlet, entry: OutboxEntry): Promise<void> {
    const { id } = entry;
    storing.add(id);
    try {
      await into.putEntry(entry);
      keyValueStore.removeItem(prefix + id);
    } catch {
      if (held.get(id) === entry) putInKeyValueStore(entry);
    }
    storing.delete(id);
    if (held.get(id) === entry) tell({ put: entry });
  }

  async function reread(): Promise<void> {
    touched = new Set(storing);
    const rows = await outlet?.outboxEntries().catch(() => undefined);
    if (!rows) return;
    const there = new Map(rows.map((entry) => [entry.id, entry]));
    for (const id of new Set([...held.keys(), ...there.keys()])) {
      const entry = there.get(id);
      if (touched.has(id)) continue;
      if (entry) held.set(id, entry);
      else held.delete(id);
    }
  }

  return {
    read: (id: Id): OutboxEntry | null =>
      held.get(id) ?? (readJson(keyValueStore, prefix + id) as OutboxEntry | null),
    /** `onKept` is called when the message would survive the page, as far as this browser lets it. */
    write(entry: OutboxEntry, onKept?: () => void): void {
      if (outlet) {
        held.set(entry.id, entry);
        touched.add(entry.id);
        void store(outlet, entry).then(onKept);
      } else {
        putInKeyValueStore(entry);
        onKept?.();
      }
    },
    drop(id: Id): void {
      keyValueStore.removeItem(prefix + id);
      touched.add(id);
      if (!held.delete(id)) return;
      outlet?.dropEntry(id).catch(() => undefined);
      tell({ drop: id });
    },
    /** Whether a message would survive the page, as far as this browser lets it. */
    isKept: (id: Id) => !storing.has(id),
    /** In the order of writing. */
    entries: (): OutboxEntry[] => {
      const byId = new Map([...inKeyValueStore(), ...held.values()].map((entry) => [entry.id, entry]));
      return [...byId.values()].sort((a, b) => a.order - b.order);
    },
    /** From now on they are kept there. Resolves when what the key-value store has is there too: nothing of it leaves before. */
    async use(archive: Outlet): Promise<void> {
      outlet = archive;
      const stored = inKeyValueStore().map((entry) => new Promise<void>((done) => this.write(entry, done)));
      await Promise.all(stored);
    },
    /** Asks the archive what there is: a tab that slept may not have heard everything. */
    reread: (): Promise<void> => {
      rereading ??= reread().finally(() => {
        rereading = undefined;
      });
      return rereading;
    },
    /** What another tab has done. */
    follow(note: UnsentNote): void {
      const id = 'put' in note ? note.put.id : note.drop;
      touched.add(id);
      if ('put' in note) held.set(id, note.put);
      else held.delete(id);
    },
    forget: () => held.clear(),
    isKey: (key: string | null) => key === null || key.startsWith(prefix),
  };
}
