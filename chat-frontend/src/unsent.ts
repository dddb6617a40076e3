import type { Id } from '../../chat-core/src/wire.ts';
import { keptPrefix } from './kept.ts';
import type { Pending } from './outbox.ts';
import { keysOf, readJson, type Shelf } from './storage.ts';

/** A message as it is stored. `order` keeps the order of writing where two share a millisecond. */
export type Entry = Omit<Pending, 'status'> & { order: number; failed?: boolean };

/** The unsent messages of one account in this browser, each under its own key: two tabs never overwrite each other. */
export function createUnsent(shelf: Shelf, userId: Id) {
  const prefix = `${keptPrefix(userId)}outbox.`;
  const at = (key: string) => readJson(shelf, key) as Entry | null;

  return {
    read: (id: Id) => at(prefix + id),
    /** @throws DOMException when the browser has no room */
    write: (entry: Entry) => shelf.setItem(prefix + entry.id, JSON.stringify(entry)),
    drop: (id: Id) => shelf.removeItem(prefix + id),
    /** In the order of writing. */
    entries: (): Entry[] =>
      keysOf(shelf, prefix)
        .map(at)
        .filter((entry) => entry !== null)
        .sort((a, b) => a.order - b.order),
    isKey: (key: string | null) => key === null || key.startsWith(prefix),
  };
}
