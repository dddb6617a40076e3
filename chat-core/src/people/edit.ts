import { v4 as uuid } from 'uuid';
import type { Cipher } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store, StoredPicture, StoredProfile } from '../storage/store.ts';
import type { EditMe, Id, Me, Picture, Privacy } from '../wire/wire.ts';
import { type People, type ProfileTexts, textsOf } from './people.ts';
import { openPicture, readPicture, sealPicture } from './picture.ts';
import { DEFAULT_PRIVACY, privacyOf } from './privacy.ts';
import { readAbout, readDisplayName } from './profile-text.ts';

export type EditDeps = {
  store: Store;
  cipher: Cipher;
  people: People;
  /** Called after the commit that may have changed the privacy settings. */
  onPrivacyChange: (userId: Id, before: Privacy, after: Privacy) => void;
};
type Wish = { texts: ProfileTexts; picture: Picture | null | undefined; privacy: Partial<Privacy> };
/** What is to be stored for a wish; nothing when it changes nothing. */
type Made = {
  profile: Omit<StoredProfile, 'rev' | 'shownRev'>;
  isShown: boolean;
  picture?: StoredPicture | undefined;
};

/**
 * Changes what a person says about themselves and lets others know: all of it or nothing. Check, seal, commit; a change
 * that another one overtook is sealed anew upon it.
 * @throws ApiError INVALID_PROFILE, INVALID_PICTURE, NO_SUCH_ACCOUNT, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function editMe(deps: EditDeps, userId: Id, edit: EditMe): Promise<Me> {
  const { store, people } = deps;
  const { displayName, about, picture, privacy = {} } = edit;
  const wish: Wish = {
    texts: {
      ...(displayName !== undefined && { displayName: readDisplayName(displayName) }),
      ...(about !== undefined && { about: readAbout(about) }),
    },
    picture: picture ? readPicture(picture) : picture,
    privacy,
  };
  for (;;) {
    const before = await accountOf(store, userId);
    const made = await make(deps, before, wish);
    if (!made) return people.me(userId);
    const isDone = await store.transact(async (tx) => {
      const now = await accountOf(tx, userId);
      if (now.profile?.rev !== before.profile?.rev) return false;
      await tx.saveProfile(userId, made.profile, made);
      return true;
    });
    if (!isDone) continue;
    deps.onPrivacyChange(userId, privacyOf(before), made.profile.privacy ?? DEFAULT_PRIVACY);
    return people.me(userId);
  }
}

async function accountOf(reader: Pick<Store, 'account'>, userId: Id): Promise<Account> {
  const account = await reader.account(userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  return account;
}

async function make(deps: EditDeps, account: Account, wish: Wish): Promise<Made | undefined> {
  const { cipher, people } = deps;
  const { id: userId, profile } = account;
  const had = Object.keys(wish.texts).length > 0 ? await people.texts(userId, profile) : {};
  const texts = { ...had, ...wish.texts };
  const isSaid = (['displayName', 'about'] as const).some((one) => (texts[one] ?? '') !== (had[one] ?? ''));
  const isPictured = wish.picture !== undefined && !(await isShownAlready(deps, account, wish.picture));
  const privacy = { ...privacyOf(account), ...wish.privacy };
  const isSwitched = !isSame(privacy, privacyOf(account));
  if (!isSaid && !isPictured && !isSwitched) return undefined;

  const edit = (profile?.edit ?? 0) + (isSaid || isPictured ? 1 : 0);
  const row = { userId, id: uuid(), edit };
  const [sealedTexts, picture] = await Promise.all([
    isSaid ? sealTexts(cipher, userId, edit, texts) : profile?.texts,
    isPictured && wish.picture ? sealPicture(cipher, row, wish.picture) : undefined,
  ]);
  const shown = picture ?? (isPictured ? undefined : profile?.picture);
  return {
    isShown: isSaid || isPictured,
    picture,
    profile: {
      edit,
      ...(sealedTexts && { texts: sealedTexts }),
      ...(shown && { picture: { id: shown.id, edit: shown.edit } }),
      ...(!isSame(privacy, DEFAULT_PRIVACY) && { privacy }),
      ...(profile?.muted && { muted: profile.muted }),
    },
  };
}

/** Whether this is the picture that a person has, or they have none and want none. */
async function isShownAlready(
  { store, cipher }: EditDeps,
  { id, profile }: Account,
  wanted: Picture | null,
): Promise<boolean> {
  if (!profile?.picture || !wanted) return !profile?.picture && !wanted;
  const row = await store.picture(id);
  const shown = row && row.id === profile.picture.id ? await openPicture(cipher, row) : undefined;
  return shown?.type === wanted.type && shown.data === wanted.data;
}

async function sealTexts(
  cipher: Cipher,
  userId: Id,
  edit: number,
  { displayName, about }: ProfileTexts,
): Promise<StoredProfile['texts']> {
  const kept = { ...(displayName && { displayName }), ...(about && { about }) };
  if (Object.keys(kept).length === 0) return undefined;
  return { edit, ...(await cipher.seal(JSON.stringify(kept), textsOf(userId, edit))) };
}

function isSame(a: Privacy, b: Privacy): boolean {
  return a.lastSeen === b.lastSeen && a.typing === b.typing && a.readReceipts === b.readReceipts;
}
