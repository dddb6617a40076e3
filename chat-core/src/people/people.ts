import { LRUCache } from 'lru-cache';
import type { Cipher, ProfileBinding } from '../cipher/cipher.ts';
import type { Account, Store, StoredProfile } from '../storage/store.ts';
import type { Id, Me, Profile } from '../wire/wire.ts';
import { mutedOf, shownMutes } from './muting.ts';
import { privacyOf } from './privacy.ts';

/** What a person says about themselves, as people read it. */
export type ProfileTexts = { displayName?: string; about?: string };

/** Characters of opened texts and of their ciphertexts, and their keeping, together. */
const MAX_BYTES = 4 * 1024 * 1024;
const ENTRY_BYTES = 400;

/** People as others see them. */
export type People = {
  /**
   * One person as another sees them: what they say about themselves is for friends, others see the name alone; of an
   * account that is gone, an empty one. @throws ApiError CIPHER_UNAVAILABLE
   */
  profile(viewerId: Id, id: Id): Promise<Profile>;
  /** A person as they see themselves. @throws ApiError CIPHER_UNAVAILABLE */
  me(userId: Id): Promise<Me>;
  /** The texts of a profile, none where they do not open. @throws ApiError CIPHER_UNAVAILABLE */
  texts(userId: Id, profile: StoredProfile | undefined): Promise<ProfileTexts>;
};

/**
 * Names and what stands beside them are shown with every conversation: with `keep` they stay open in RAM, found by their
 * ciphertext, which no two seals share. What is opened for one and asked for by another meanwhile is opened once.
 */
export function openPeople(store: Store, cipher: Cipher, keep: boolean): People {
  const known = new LRUCache<string, ProfileTexts>({
    maxSize: MAX_BYTES,
    sizeCalculation: (texts, content) => ENTRY_BYTES + content.length + 2 * JSON.stringify(texts).length,
  });
  const opening = new Map<string, Promise<ProfileTexts | undefined>>();

  const open = async (
    userId: Id,
    { edit, ...sealed }: NonNullable<StoredProfile['texts']>,
  ): Promise<ProfileTexts | undefined> => {
    const [text] = await cipher.openMany([{ sealed, binding: textsOf(userId, edit) }]);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const texts: People['texts'] = async (userId, profile) => {
    const sealed = profile?.texts;
    if (!sealed) return {};
    // Tied to its person: the same row in another's place is asked of cipher-service, which refuses it.
    const key = `${userId} ${sealed.edit} ${sealed.kid} ${sealed.content}`;
    const found = known.get(key);
    if (found) return found;
    let under = opening.get(key);
    if (!under) {
      under = open(userId, sealed).finally(() => opening.delete(key));
      opening.set(key, under);
    }
    const opened = await under;
    if (opened && keep) known.set(key, opened);
    return opened ?? {};
  };
  const whole = async ({ id, username, profile }: Account): Promise<Profile> => ({
    id,
    username,
    ...(await texts(id, profile)),
    ...(profile?.picture && { pictureId: profile.picture.id }),
  });
  return {
    texts,
    profile: async (viewerId, id) => {
      const account = await store.account(id);
      if (!account) return { id, username: '' };
      const isNear = viewerId === id || account.contacts.includes(viewerId);
      return isNear ? whole(account) : { id, username: account.username };
    },
    me: async (userId) => {
      const account = await store.account(userId);
      if (!account) throw new Error('the one who asks has no account');
      const muted = shownMutes(store, mutedOf(account));
      return { ...(await whole(account)), privacy: privacyOf(account), ...(muted.length > 0 && { muted }) };
    },
  };
}

/** What the texts of a profile are tied to. */
export function textsOf(userId: Id, edit: number): ProfileBinding {
  return { userId, field: 'texts', edit };
}
