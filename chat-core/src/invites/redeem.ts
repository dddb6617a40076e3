import { v4 as uuid } from 'uuid';
import { hashCode } from '../codes.ts';
import { isBlocked } from '../conversations/relations.ts';
import type { StoredInvite, Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** The open invite of a code; undefined when it is used up, revoked or expired, or while its maker is suspended. */
export async function findOpenInvite(
  reader: Pick<Tx, 'invites' | 'account'>,
  code: string,
  now: number,
): Promise<StoredInvite | undefined> {
  const hash = hashCode('invite', code);
  const invite = (await reader.invites()).find((one) => one.hash === hash && one.expiresAt > now);
  const maker = invite?.by === undefined ? undefined : await reader.account(invite.by);
  return maker?.suspended ? undefined : invite;
}

/** Accepted invites stored with each account: the invite itself is deleted when it is used up. */
const MAX_ACCEPTED = 8;

/** Counts one use, and makes the inviter and the person friends, whatever FRIENDSHIP is. */
export async function redeem(tx: Tx, invite: StoredInvite, userId: Id): Promise<void> {
  await tx.saveInvite({ ...invite, used: invite.used + 1 });
  const friendId = await newFriendOf(tx, invite, userId);
  if (friendId !== undefined) await tx.befriend(userId, friendId, uuid());
}

/** Stores with an account that it accepted an invite or used the link of a group, so that a repeat is recognized. */
export async function recordAccepted(
  tx: Tx,
  { hash, conversationId }: StoredInvite,
  userId: Id,
): Promise<void> {
  const account = await tx.account(userId);
  if (!account) return;
  const entry = conversationId === undefined ? hash : `${hash} ${conversationId}`;
  const acceptedInvites = [...(account.acceptedInvites ?? []), entry].slice(-MAX_ACCEPTED);
  await tx.saveAccount({ ...account, acceptedInvites });
}

/** Whether the invite of this code is among the last that a person accepted. */
export async function hasAccepted(reader: Pick<Tx, 'account'>, userId: Id, code: string): Promise<boolean> {
  const hash = hashCode('invite', code);
  return (await reader.account(userId))?.acceptedInvites?.includes(hash) ?? false;
}

/** The group whose link with this hash is among the last that a person used. */
export async function acceptedConversation(
  reader: Pick<Tx, 'account'>,
  userId: Id,
  hash: string,
): Promise<Id | undefined> {
  const { acceptedInvites = [] } = (await reader.account(userId)) ?? {};
  const entry = acceptedInvites.find((one) => one.startsWith(`${hash} `));
  return entry?.slice(hash.length + 1);
}

/** The friend that redeeming an invite adds; undefined for an invite of the operator, of a friend, or behind a block. */
export async function newFriendOf(
  reader: Pick<Tx, 'account'>,
  { by }: StoredInvite,
  userId: Id,
): Promise<Id | undefined> {
  const inviter = by === undefined ? undefined : await reader.account(by);
  if (!inviter || inviter.contacts.includes(userId)) return undefined;
  return (await isBlocked(reader, inviter.id, userId)) ? undefined : inviter.id;
}
