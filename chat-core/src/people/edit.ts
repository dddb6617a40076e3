import { v4 as uuid } from 'uuid';
import { profileTextsBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store, StoredPicture, StoredProfile } from '../storage/store.ts';
import type { EditMe, Id, Me, Picture, Privacy } from '../wire/wire.ts';
import { openPicture, readPicture, sealPicture } from './picture.ts';
import { DEFAULT_PRIVACY, privacyOf } from './privacy.ts';
import { readAbout, readDisplayName } from './profile-text.ts';
import type { Profiles, ProfileTexts } from './public-profile.ts';

export type EditDeps = {
  store: Store;
  cipher: Cipher;
  profiles: Profiles;
  /** Called after the commit that may have changed the privacy settings. */
  onPrivacyChange: (userId: Id, before: Privacy, after: Privacy) => void;
};
type Input = { texts: ProfileTexts; picture: Picture | null | undefined; privacy: Partial<Privacy> };
/** The sealed rows of an edit. */
type SealedEdit = {
  profile: Omit<StoredProfile, 'rev' | 'shownRev'>;
  isShown: boolean;
  picture?: StoredPicture | undefined;
};

/**
 * Changes a person's profile and privacy settings: all of it or nothing. Check, seal, commit; when another edit is
 * committed in between, this one is sealed again on top of it.
 * @throws ApiError INVALID_PROFILE, INVALID_PICTURE, NO_SUCH_ACCOUNT, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function editMe(deps: EditDeps, userId: Id, edit: EditMe): Promise<Me> {
  const { store, profiles } = deps;
  const { displayName, about, picture, privacy = {} } = edit;
  const input: Input = {
    texts: {
      ...(displayName !== undefined && { displayName: readDisplayName(displayName) }),
      ...(about !== undefined && { about: readAbout(about) }),
    },
    picture: picture ? readPicture(picture) : picture,
    privacy,
  };
  for (;;) {
    const before = await accountOf(store, userId);
    const sealed = await sealEdit(deps, before, input);
    if (!sealed) return profiles.me(userId);
    const isDone = await store.transact(async (tx) => {
      const now = await accountOf(tx, userId);
      if (now.profile?.rev !== before.profile?.rev) return false;
      await tx.saveProfile(userId, sealed.profile, sealed);
      return true;
    });
    if (!isDone) continue;
    deps.onPrivacyChange(userId, privacyOf(before), sealed.profile.privacy ?? DEFAULT_PRIVACY);
    return profiles.me(userId);
  }
}

async function accountOf(reader: Pick<Store, 'account'>, userId: Id): Promise<Account> {
  const account = await reader.account(userId);
  if (!account || account.deletedAt !== undefined) throw new ApiError('NO_SUCH_ACCOUNT');
  return account;
}

/** Undefined when the edit changes nothing. */
async function sealEdit(deps: EditDeps, account: Account, input: Input): Promise<SealedEdit | undefined> {
  const { cipher, profiles } = deps;
  const { id: userId, profile } = account;
  const before = Object.keys(input.texts).length > 0 ? await profiles.texts(userId, profile, userId) : {};
  const texts = { ...before, ...input.texts };
  const hasNewTexts = (['displayName', 'about'] as const).some(
    (one) => (texts[one] ?? '') !== (before[one] ?? ''),
  );
  const hasNewPicture = input.picture !== undefined && !(await hasPicture(deps, account, input.picture));
  const privacy = { ...privacyOf(account), ...input.privacy };
  const hasNewPrivacy = !isSame(privacy, privacyOf(account));
  if (!hasNewTexts && !hasNewPicture && !hasNewPrivacy) return undefined;

  const edit = (profile?.edit ?? 0) + (hasNewTexts || hasNewPicture ? 1 : 0);
  const row = { userId, id: uuid(), edit };
  const [sealedTexts, picture] = await Promise.all([
    hasNewTexts ? sealTexts(cipher, userId, edit, texts) : profile?.texts,
    hasNewPicture && input.picture ? sealPicture(cipher, row, input.picture) : undefined,
  ]);
  const shown = picture ?? (hasNewPicture ? undefined : profile?.picture);
  return {
    isShown: hasNewTexts || hasNewPicture,
    picture,
    profile: {
      edit,
      ...(sealedTexts && { texts: sealedTexts }),
      ...(shown && { picture: { id: shown.id, edit: shown.edit } }),
      ...(!isSame(privacy, DEFAULT_PRIVACY) && { privacy }),
      ...(profile?.muted && { muted: profile.muted }),
      ...(profile?.chats && { chats: profile.chats }),
      ...(profile?.stars && { stars: profile.stars }),
    },
  };
}

/** Whether a person already has this picture, or has none and removes it. */
async function hasPicture(
  { store, cipher }: EditDeps,
  { id, profile }: Account,
  requested: Picture | null,
): Promise<boolean> {
  if (!profile?.picture || !requested) return !profile?.picture && !requested;
  const row = await store.picture(id);
  const shown = row && row.id === profile.picture.id ? await openPicture(cipher, row, id) : undefined;
  return shown?.type === requested.type && shown.data === requested.data;
}

async function sealTexts(
  cipher: Cipher,
  userId: Id,
  edit: number,
  { displayName, about }: ProfileTexts,
): Promise<StoredProfile['texts']> {
  const nonEmpty = { ...(displayName && { displayName }), ...(about && { about }) };
  if (Object.keys(nonEmpty).length === 0) return undefined;
  return { edit, ...(await cipher.seal(JSON.stringify(nonEmpty), profileTextsBinding(userId, edit))) };
}

function isSame(a: Privacy, b: Privacy): boolean {
  return a.lastSeen === b.lastSeen && a.typing === b.typing && a.readReceipts === b.readReceipts;
}
