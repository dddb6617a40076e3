import { LRUCache } from 'lru-cache';
import { profileTextsBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { Account, Store, StoredProfile } from '../storage/store.ts';
import type { Id, Me, Profile } from '../wire/wire.ts';
import { mutedOf, toWireMutes } from './muting.ts';
import { privacyOf } from './privacy.ts';

/** The texts of a profile as plain text. */
export type ProfileTexts = { displayName?: string; about?: string };

/** Bytes of plain texts, ciphertexts and cache entries together. */
const MAX_CACHE_BYTES = 4 * 1024 * 1024;
const ENTRY_BYTES = 400;

/** The display name of a deleted account, for clients that do not know `deleted`; the page has words of its own. */
const DELETED_NAME = 'Akun dihapus';

/** What strangers see of a person; of a deleted one no name. */
export function strangerProfile({
  id,
  username,
  deletedAt,
}: Pick<Account, 'id' | 'username' | 'deletedAt'>): Profile {
  return deletedAt === undefined
    ? { id, username }
    : { id, username: '', displayName: DELETED_NAME, deleted: true };
}

/** What strangers see of these people, in the same order; a deleted account has an empty name. */
export function strangerProfiles(reader: Pick<Store, 'account'>, ids: readonly Id[]): Promise<Profile[]> {
  return Promise.all(
    ids.map(async (id) => strangerProfile((await reader.account(id)) ?? { id, username: '' })),
  );
}

/** People as others see them. */
export type Profiles = {
  /**
   * One person as another sees them: friends see the texts and the picture, others the username alone.
   * A deleted account has an empty username. @throws ApiError CIPHER_UNAVAILABLE
   */
  visibleTo(viewerId: Id, id: Id): Promise<Profile>;
  /** A person as they see themselves. @throws ApiError CIPHER_UNAVAILABLE */
  me(userId: Id): Promise<Me>;
  /** The texts of a profile for a viewer, none where they do not open. @throws ApiError CIPHER_UNAVAILABLE */
  texts(userId: Id, profile: StoredProfile | undefined, viewerId: Id): Promise<ProfileTexts>;
};

/**
 * Profiles appear with every conversation: with `cachesTexts` their texts stay in memory as plain text, found by their
 * ciphertext, which no two seals share. Texts requested by several at once are opened once.
 */
export function createProfiles(store: Store, cipher: Cipher, cachesTexts: boolean): Profiles {
  const cache = new LRUCache<string, ProfileTexts>({
    maxSize: MAX_CACHE_BYTES,
    sizeCalculation: (texts, content) => ENTRY_BYTES + content.length + 2 * JSON.stringify(texts).length,
  });
  const opening = new Map<string, Promise<ProfileTexts | undefined>>();

  const open = async (
    userId: Id,
    { edit, ...sealed }: NonNullable<StoredProfile['texts']>,
    viewerId: Id,
  ): Promise<ProfileTexts | undefined> => {
    const binding = profileTextsBinding(userId, edit);
    const [text] = await cipher.openMany([{ sealed, binding }], { accountId: viewerId });
    return text === undefined ? undefined : JSON.parse(text);
  };
  const texts: Profiles['texts'] = async (userId, profile, viewerId) => {
    const sealed = profile?.texts;
    if (!sealed) return {};
    // The person is part of the key: a row moved to another person goes to cipher-service, which refuses it.
    const key = `${userId} ${sealed.edit} ${sealed.kid} ${sealed.content}`;
    const cached = cache.get(key);
    if (cached) return cached;
    let promise = opening.get(key);
    if (!promise) {
      promise = open(userId, sealed, viewerId).finally(() => opening.delete(key));
      opening.set(key, promise);
    }
    const opened = await promise;
    if (opened && cachesTexts) cache.set(key, opened);
    return opened ?? {};
  };
  const friendProfile = async (account: Account, viewerId: Id): Promise<Profile> => ({
    ...strangerProfile(account),
    ...(await texts(account.id, account.profile, viewerId)),
    ...(account.profile?.picture && { pictureId: account.profile.picture.id }),
  });
  return {
    texts,
    visibleTo: async (viewerId, id) => {
      const account = await store.account(id);
      if (!account) return strangerProfile({ id, username: '' });
      const isFriend = viewerId === id || account.contacts.includes(viewerId);
      return isFriend ? friendProfile(account, viewerId) : strangerProfile(account);
    },
    me: async (userId) => {
      const account = await store.account(userId);
      if (!account) throw new Error('the caller has no account');
      const muted = toWireMutes(store, mutedOf(account));
      const { chats, stars } = account.profile ?? {};
      return {
        ...(await friendProfile(account, userId)),
        privacy: privacyOf(account),
        ...(muted.length > 0 && { muted }),
        ...(chats && { chats }),
        ...(stars && { stars }),
        ...(account.owner && { owner: true as const }),
      };
    },
  };
}
