import { isBlocked } from '../conversations/relations.ts';
import type { Account, Store } from '../storage/store.ts';
import type { Id, Privacy } from '../wire/wire.ts';

type Reader = Pick<Store, 'account' | 'directBetween'>;

/** The settings of a new account. */
export const DEFAULT_PRIVACY: Privacy = { lastSeen: 'contacts', typing: 'contacts', readReceipts: true };

export function privacyOf(account: Pick<Account, 'profile'> | undefined): Privacy {
  return account?.profile?.privacy ?? DEFAULT_PRIVACY;
}

/**
 * Whether two people may see something of each other. The result is symmetric: who hides it does not see it.
 * `everyone` means people with a common conversation, `contacts` means friends; receipts are between friends only. A
 * block hides everything.
 */
export async function isShown(reader: Reader, what: keyof Privacy, a: Id, b: Id): Promise<boolean> {
  if (a === b) return true;
  const [one, other] = [await reader.account(a), await reader.account(b)];
  if (!one || !other || (await isBlocked(reader, a, b))) return false;
  const areFriends = one.contacts.includes(b);
  const choices = [privacyOf(one)[what], privacyOf(other)[what]];
  if (choices.some((choice) => choice === false || choice === 'nobody')) return false;
  if (areFriends) return true;
  const isForEveryone = choices.every((choice) => choice === 'everyone');
  return isForEveryone && (await reader.directBetween(a, b)) !== undefined;
}
