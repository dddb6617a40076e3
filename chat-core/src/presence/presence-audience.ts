import { isBlocked } from '../friends/blocking.ts';
import { isShown } from '../people/privacy.ts';
import type { Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** Friends, and those with whom there is a conversation, but nobody behind a block. */
export async function relativesOf(store: Store, userId: Id): Promise<Set<Id>> {
  const relatives = new Set((await store.account(userId))?.contacts);
  for (const { members } of await store.conversationsOf(userId)) {
    for (const id of members) {
      if (id !== userId && !relatives.has(id) && !(await isBlocked(store, userId, id))) relatives.add(id);
    }
  }
  return relatives;
}

/** Those of them who may see when this person is there. */
export async function viewersOf(store: Store, userId: Id): Promise<Id[]> {
  const viewers: Id[] = [];
  for (const id of await relativesOf(store, userId)) {
    if (await isShown(store, 'lastSeen', userId, id)) viewers.push(id);
  }
  return viewers;
}
