import { listBlocked } from '../friends/blocking.ts';
import { listRequests } from '../friends/requests.ts';
import type { People } from '../people/people.ts';
import type { Conversation, Store } from '../storage/store.ts';
import type * as wire from '../wire/wire.ts';

/** The part of a delta that tells of the people around the one who asks, and of themselves. */
export type PeopleDelta = Pick<wire.Delta, 'me' | 'friends' | 'gone' | 'requests' | 'blocked'>;

/**
 * What changed of a person, their friends, requests and blocks after a revision, -1 for all. `changed` are their
 * conversations that changed since: a friendship made or ended says so in its conversation, and the contacts say how it
 * stands now, however often that was. A friend's own row says when they changed what others see of them.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function peopleSince(
  { store, people }: { store: Store; people: People },
  userId: wire.Id,
  changed: Conversation[],
  since: number,
): Promise<PeopleDelta> {
  const { contacts = [], peopleRev = 0, profile } = (await store.account(userId)) ?? {};
  const isAll = since < 0;
  const others = changed
    .filter(({ befriendedRev, unfriendedRev = 0 }) => Math.max(befriendedRev, unfriendedRev) > since)
    .flatMap(({ members }) => members.filter((id) => id !== userId));
  const friends = new Set(others.filter((id) => contacts.includes(id)));
  for (const id of contacts) {
    if (((await store.account(id))?.profile?.shownRev ?? -1) > since) friends.add(id);
  }
  const gone = isAll ? [] : others.filter((id) => !contacts.includes(id));
  const [me, shown] = await Promise.all([
    isAll || (profile?.rev ?? 0) > since ? people.me(userId) : undefined,
    Promise.all([...friends].map((id) => people.profile(userId, id))),
  ]);
  return {
    ...(me && { me }),
    ...((isAll || shown.length > 0) && { friends: shown }),
    ...(gone.length > 0 && { gone: { friends: gone } }),
    ...(peopleRev > since && {
      requests: await listRequests(store, userId),
      blocked: await listBlocked(store, userId),
    }),
  };
}
