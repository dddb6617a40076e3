import { profilesOf } from '../friends/profiles.ts';
import type { Conversation, Store } from '../storage/store.ts';
import type * as wire from '../wire.ts';

/** The part of a delta that tells of the people around the one who asks. */
export type People = Pick<wire.Delta, 'friends'>;

/**
 * What changed of a person's friends after a revision, -1 for all. `changed` are their conversations that changed
 * since: a friendship made says so in its conversation.
 */
export async function peopleSince(
  store: Store,
  userId: wire.Id,
  changed: Conversation[],
  since: number,
): Promise<People> {
  const contacts = (await store.account(userId))?.contacts ?? [];
  const ids = changed
    .filter(({ befriendedRev }) => befriendedRev > since)
    .flatMap(({ members }) => members.filter((id) => id !== userId && contacts.includes(id)));
  return since < 0 || ids.length > 0 ? { friends: await profilesOf(store, ids) } : {};
}
