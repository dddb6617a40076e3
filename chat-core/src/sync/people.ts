import { listBlocked } from '../friends/blocking.ts';
import { profilesOf } from '../friends/profiles.ts';
import { listRequests } from '../friends/requests.ts';
import type { Conversation, Store } from '../storage/store.ts';
import type * as wire from '../wire.ts';

/** The part of a delta that tells of the people around the one who asks. */
export type People = Pick<wire.Delta, 'friends' | 'gone' | 'requests' | 'blocked'>;

/**
 * What changed of a person's friends, requests and blocks after a revision, -1 for all. `changed` are their
 * conversations that changed since: a friendship made or ended says so in its conversation, and the contacts say how it
 * stands now, however often that was.
 */
export async function peopleSince(
  store: Store,
  userId: wire.Id,
  changed: Conversation[],
  since: number,
): Promise<People> {
  const { contacts = [], peopleRev = 0 } = (await store.account(userId)) ?? {};
  const isAll = since < 0;
  const others = changed
    .filter(({ befriendedRev, unfriendedRev = 0 }) => Math.max(befriendedRev, unfriendedRev) > since)
    .flatMap(({ members }) => members.filter((id) => id !== userId));
  const friends = others.filter((id) => contacts.includes(id));
  const gone = isAll ? [] : others.filter((id) => !contacts.includes(id));
  return {
    ...((isAll || friends.length > 0) && { friends: await profilesOf(store, friends) }),
    ...(gone.length > 0 && { gone: { friends: gone } }),
    ...(peopleRev > since && {
      requests: await listRequests(store, userId),
      blocked: await listBlocked(store, userId),
    }),
  };
}
