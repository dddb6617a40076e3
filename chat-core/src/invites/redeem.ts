import { v4 as uuid } from 'uuid';
import { hashCode } from '../codes.ts';
import { isBlocked } from '../conversations/relations.ts';
import type { Store, StoredInvite, Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** The invite of a code while it lets somebody in; undefined once it is used up, revoked or too old. */
export async function findOpenInvite(
  reader: Pick<Store, 'invites'>,
  code: string,
  now: number,
): Promise<StoredInvite | undefined> {
  const hash = hashCode('invite', code);
  return (await reader.invites()).find((invite) => invite.hash === hash && invite.expiresAt > now);
}

/** So many accepted invites a person is remembered to have accepted: one that is used up is forgotten itself. */
const MAX_ACCEPTED = 8;

/** Counts one use, and makes friends of who made the invite and who followed it, whatever FRIENDSHIP says. */
export async function follow(tx: Tx, invite: StoredInvite, userId: Id): Promise<void> {
  await tx.saveInvite({ ...invite, used: invite.used + 1 });
  const friendId = await newFriendBy(tx, invite, userId);
  if (friendId !== undefined) await tx.befriend(userId, friendId, uuid());
}

/** Remembers that a member has accepted an invite. */
export async function rememberAccepted(tx: Tx, { hash }: StoredInvite, userId: Id): Promise<void> {
  const account = await tx.account(userId);
  if (!account) return;
  const acceptedInvites = [...(account.acceptedInvites ?? []), hash].slice(-MAX_ACCEPTED);
  await tx.saveAccount({ ...account, acceptedInvites });
}

/** Whether this person has accepted the invite of this code, among their last. */
export async function hasAccepted(reader: Pick<Tx, 'account'>, userId: Id, code: string): Promise<boolean> {
  const hash = hashCode('invite', code);
  return (await reader.account(userId))?.acceptedInvites?.includes(hash) ?? false;
}

/** Whom following an invite makes a friend of; undefined when the operator made it, or they are friends or blocked. */
export async function newFriendBy(
  reader: Pick<Tx, 'account'>,
  { by }: StoredInvite,
  userId: Id,
): Promise<Id | undefined> {
  const maker = by === undefined ? undefined : await reader.account(by);
  if (!maker || maker.contacts.includes(userId)) return undefined;
  return (await isBlocked(reader, maker.id, userId)) ? undefined : maker.id;
}
