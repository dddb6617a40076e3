import { isBlocked } from '../conversations/relations.ts';
import { isShown } from '../people/privacy.ts';
import type { Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** Friends and those with whom there is a direct conversation, except where either blocked the other. Groups add no one. */
export async function audienceOf(store: Store, userId: Id): Promise<Set<Id>> {
  const audience = new Set((await store.account(userId))?.contacts);
  for (const { kind, members } of await store.conversationsOf(userId)) {
    if (kind === 'group') continue;
    for (const id of members) {
      if (id !== userId && !audience.has(id) && !(await isBlocked(store, userId, id))) audience.add(id);
    }
  }
  return audience;
}

/** The part of the audience that may see this person's presence. */
export async function viewersOf(store: Store, userId: Id): Promise<Id[]> {
  const viewers: Id[] = [];
  for (const id of await audienceOf(store, userId)) {
    if (await isShown(store, 'lastSeen', userId, id)) viewers.push(id);
  }
  return viewers;
}
