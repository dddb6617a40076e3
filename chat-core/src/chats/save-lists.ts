import type { Account, StoredProfile, Tx } from '../storage/store.ts';

/**
 * Replaces the lists of an account that concern its chats, and notifies its own devices of it alone. An empty list is left
 * out. The rest of the profile stays as it is.
 */
export async function saveLists(
  tx: Tx,
  account: Account,
  lists: Partial<Pick<StoredProfile, 'chats' | 'stars'>>,
): Promise<void> {
  const {
    rev: _,
    shownRev: __,
    chats: flagged,
    stars: starred,
    ...profile
  } = {
    edit: 0,
    ...account.profile,
  };
  const { chats = flagged, stars = starred } = lists;
  const saved = {
    ...profile,
    ...(chats && chats.length > 0 && { chats }),
    ...(stars && stars.length > 0 && { stars }),
  };
  await tx.saveProfile(account.id, saved, { isShown: false });
}
