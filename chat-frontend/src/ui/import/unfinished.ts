import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { DateOrder } from '../../import/imported-chat.ts';
import type { KeyValueStore } from '../../key-value-store.ts';

/** An import that this browser began: enough to go on with the same file after a reload. */
export type Unfinished = {
  conversationId: Id;
  /** Says whether a file is the same: its size, and the number and the times of its rows. */
  file: string;
  name: string;
  order?: DateOrder;
  people: [name: string, userId: Id][];
};

const keyOf = (myId: Id) => `bisik.import.${myId}`;

/** What says whether a chosen file is the one that an import was begun with. */
export function fingerprint(size: number, rows: readonly { at: number }[]): string {
  return [size, rows.length, rows[0]?.at ?? 0, rows.at(-1)?.at ?? 0].join('-');
}

/** The unfinished import of a person in this browser. */
export function readUnfinished(store: KeyValueStore, myId: Id): Unfinished | undefined {
  try {
    const value = JSON.parse(store.getItem(keyOf(myId)) ?? 'null');
    return typeof value?.conversationId === 'string' && Array.isArray(value.people) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function saveUnfinished(store: KeyValueStore, myId: Id, value: Unfinished | undefined): void {
  if (value) store.setItem(keyOf(myId), JSON.stringify(value));
  else store.removeItem(keyOf(myId));
}
