import { LRUCache } from 'lru-cache';
import { groupNameBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { membershipOf, rankOf } from '../conversations/membership.ts';
import { type Profiles, strangerProfiles } from '../people/public-profile.ts';
import type { GroupConversation, Store } from '../storage/store.ts';
import type { GroupInfo, Id } from '../wire/wire.ts';

/** Names in memory, so that a poll of a group needs no cipher call; about 500 bytes each. */
const MAX_NAMES = 2000;
const ADMIN_RANK = 2;

/** Groups as their members see them. */
export type Groups = {
  /** The name, empty where it does not open. @throws ApiError CIPHER_UNAVAILABLE */
  nameOf(conversation: GroupConversation): Promise<string>;
  /** All of a group but its messages, for one of its members. @throws ApiError CIPHER_UNAVAILABLE */
  infoFor(conversation: GroupConversation, userId: Id): Promise<GroupInfo>;
};

/** Whether what a member sees of a group changed after a revision; requests to join are for admins. */
export function hasInfoChanged(conversation: GroupConversation, userId: Id, since: number): boolean {
  const { infoRev, requestsRev = 0 } = conversation.group;
  return infoRev > since || (requestsRev > since && rankOf(conversation, userId) >= ADMIN_RANK);
}

/** What the verbs of groups need; `groupLimit`: members of one group. */
export type GroupDeps = {
  store: Store;
  cipher: Cipher;
  groups: Groups;
  clock: Clock;
  groupLimit: number;
  unreadOf: (conversation: GroupConversation, userId: Id) => Promise<{ unread: number; mentions: number }>;
};

/** With `cachesNames`, opened names stay in memory, found by their ciphertext, which no two seals share. */
export function createGroups(
  { store, cipher, profiles }: { store: Store; cipher: Cipher; profiles: Profiles },
  cachesNames: boolean,
): Groups {
  const cache = new LRUCache<string, string>({ max: MAX_NAMES });

  const nameOf: Groups['nameOf'] = async ({ id, group }) => {
    const { edit, ...sealed } = group.name;
    const key = `${id} ${edit} ${sealed.kid} ${sealed.content}`;
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const [name] = await cipher.openMany([{ sealed, binding: groupNameBinding(id, edit) }], {
      accountId: id,
    });
    if (name !== undefined && cachesNames) cache.set(key, name);
    return name ?? '';
  };

  return {
    nameOf,
    infoFor: async (conversation, userId) => {
      const { group } = conversation;
      const [name, members] = await Promise.all([
        nameOf(conversation),
        Promise.all(
          group.members.map(async ({ userId: id, role }) => ({
            ...(await profiles.visibleTo(userId, id)),
            role,
          })),
        ),
      ]);
      const { requests = [] } = group;
      const membership = membershipOf(conversation, userId);
      const isAdmin = rankOf(conversation, userId) >= ADMIN_RANK;
      return {
        name,
        ...(group.picture && { pictureId: group.picture.id }),
        members,
        permissions: group.permissions,
        newcomersRead: group.newcomersRead,
        ...(group.archive && { archive: { source: group.archive.source } }),
        fromSeq: membership?.fromSeq ?? 1,
        joinedSeq: membership?.joinedSeq ?? 0,
        ...(isAdmin && requests.length > 0 && { requests: await strangerProfiles(store, requests) }),
      };
    },
  };
}
