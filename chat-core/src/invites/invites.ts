import { v4 as uuid } from 'uuid';
import type { Clock } from '../clock.ts';
import { hashCode, newCode } from '../codes.ts';
import { requireLiving } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import type { Store, StoredInvite, Tx } from '../storage/store.ts';
import type { Id, Invite, NewInvite } from '../wire/wire.ts';
import { findOpenInvite, hasAccepted, newFriendOf, recordAccepted, redeem } from './redeem.ts';

const DAY_MS = 24 * 3600 * 1000;
/** 128 bits: the link of an invite cannot be guessed. */
const CODE_BYTES = 16;
/** Open invites of one member, and of the operator. */
const MAX_OPEN = 5;
const MAX_OPEN_OF_OPERATOR = 20;

/** How often one invite may be used, and for how many days. */
export const USES = { default: 1, max: 50 };
export const DAYS = { default: 7, max: 30 };

export type Invites = { store: Store; clock: Clock };

/**
 * Creates an invite of a member, or of the operator without `by`, and deletes expired ones. Its code is returned only
 * here. With a `code` of the client, the same request repeated finds its invite and changes nothing.
 * @throws ApiError TOO_MANY_INVITES, INVALID_REQUEST when the code was used for another invite, UNAUTHENTICATED
 */
export function createInvite(
  { store, clock }: Invites,
  by: Id | undefined,
  { uses = USES.default, days = DAYS.default, code = newCode(CODE_BYTES) }: NewInvite,
): Promise<Invite & { code: string }> {
  const hash = hashCode('invite', code);
  return store.transact(async (tx) => {
    if (by !== undefined) await requireLiving(tx, by);
    const now = clock();
    const all = await tx.invites();
    for (const expired of all.filter(({ expiresAt }) => expiresAt <= now)) await end(tx, expired);
    const existing = all.find((one) => one.hash === hash && one.expiresAt > now);
    if (existing) {
      const isSame =
        existing.by === by &&
        existing.uses === uses &&
        existing.expiresAt - existing.createdAt === days * DAY_MS;
      if (!isSame)
        throw new ApiError('INVALID_REQUEST', { detail: 'This code was used for another invitation.' });
      return { ...toInvite(store, existing), code };
    }
    const open = all.filter((one) => isServerInvite(one) && one.expiresAt > now && one.by === by);
    if (open.length >= (by === undefined ? MAX_OPEN_OF_OPERATOR : MAX_OPEN))
      throw new ApiError('TOO_MANY_INVITES');
    const invite: StoredInvite = {
      id: uuid(),
      hash,
      ...(by !== undefined && { by }),
      uses,
      used: 0,
      createdAt: now,
      expiresAt: now + days * DAY_MS,
    };
    await tx.saveInvite(invite);
    return { ...toInvite(store, invite), code };
  });
}

/** The open invites of a member, the oldest first. */
export async function listInvites({ store, clock }: Invites, by: Id): Promise<Invite[]> {
  const all = await store.invites();
  return all
    .filter((one) => isServerInvite(one) && one.by === by && one.expiresAt > clock())
    .map((one) => toInvite(store, one));
}

/** All open invites with the usernames of their inviters, the oldest first. */
export async function openInvites({ store, clock }: Invites): Promise<(Invite & { by?: string })[]> {
  const open = (await store.invites()).filter((one) => isServerInvite(one) && one.expiresAt > clock());
  return Promise.all(
    open.map(async (one) => ({ ...toInvite(store, one), ...(await usernameOfInviter(store, one)) })),
  );
}

/**
 * Ends an invite of a member. One that does not exist or belongs to another counts as ended: nothing is written. Without
 * `by` it ends the invite of anyone. @throws ApiError INVITE_INVALID without `by`, when there is no such one
 */
export function revokeInvite({ store }: Pick<Invites, 'store'>, id: Id, by?: Id): Promise<void> {
  return store.transact(async (tx) => {
    const invite = (await tx.invites()).find((one) => one.id === id && isServerInvite(one));
    if (invite && (by === undefined || invite.by === by)) await end(tx, invite);
    else if (by === undefined) throw new ApiError('INVITE_INVALID');
  });
}

/** Whether this code can be redeemed now. */
export async function isOpenInvite({ store, clock }: Invites, code: string): Promise<boolean> {
  return (await findOpenInvite(store, code, clock())) !== undefined;
}

/** The username of the inviter; none for an invite of the operator. @throws ApiError INVITE_INVALID */
export async function inviterOf({ store, clock }: Invites, code: string): Promise<{ by?: string }> {
  const invite = await findOpenInvite(store, code, clock());
  if (!invite) throw new ApiError('INVITE_INVALID');
  return usernameOfInviter(store, invite);
}

/**
 * Makes a member and the inviter friends. Where that adds no friend, no use is counted. Repeating it with an invite that
 * has been used up or has expired since is accepted.
 * @throws ApiError INVITE_INVALID, SELF_FRIEND, UNAUTHENTICATED
 */
export function acceptInvite({ store, clock }: Invites, userId: Id, code: string): Promise<void> {
  return store.transact(async (tx) => {
    await requireLiving(tx, userId);
    const invite = await findOpenInvite(tx, code, clock());
    if (!invite) {
      if (await hasAccepted(tx, userId, code)) return;
      throw new ApiError('INVITE_INVALID');
    }
    if (invite.by === userId) throw new ApiError('SELF_FRIEND');
    if ((await newFriendOf(tx, invite, userId)) === undefined) return;
    await redeem(tx, invite, userId);
    await recordAccepted(tx, invite, userId);
  });
}

/** Not a link of a group. */
const isServerInvite = ({ conversationId }: StoredInvite) => conversationId === undefined;

const end = (tx: Tx, invite: StoredInvite) => tx.saveInvite({ ...invite, used: invite.uses });

async function usernameOfInviter(store: Store, { by }: StoredInvite): Promise<{ by?: string }> {
  const inviter = by === undefined ? undefined : await store.account(by);
  return inviter ? { by: inviter.username } : {};
}

function toInvite({ time }: Store, { id, uses, used, createdAt, expiresAt }: StoredInvite): Invite {
  return { id, uses, used, createdAt: time.toWall(createdAt), expiresAt: time.toWall(expiresAt) };
}
