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
 * Whether two members of a group may see something of each other within it: unless either switched it off for everyone, or
 * blocked the other.
 */
export async function isShownInGroup(
  reader: Pick<Reader, 'account'>,
  what: keyof Privacy,
  a: Id,
  b: Id,
): Promise<boolean> {
  if (a === b) return true;
  const choices = [privacyOf(await reader.account(a))[what], privacyOf(await reader.account(b))[what]];
  if (choices.some((choice) => choice === false || choice === 'nobody')) return false;
  return !(await isBlocked(reader, a, b));
}

/**
 * Whether two people may see something of each other. The result is the same both ways: who hides it does not see it.
 * `everyone` means those with whom there is a conversation, `contacts` friends; receipts are between friends. A block
 * hides all of it.
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
