import { v4 as uuid } from 'uuid';
import type { Clock } from '../clock.ts';
import { hashCode, newCode } from '../codes.ts';
import { ApiError } from '../errors.ts';
import type { Store, StoredInvite, Tx } from '../storage/store.ts';
import type { Id, Invite, NewInvite } from '../wire/wire.ts';
import { findOpenInvite, follow, hasAccepted, newFriendBy, rememberAccepted } from './redeem.ts';

const DAY_MS = 24 * 3600 * 1000;
/** 128 bits: a link is followed by whoever was given it, and found by nobody. */
const CODE_BYTES = 16;
/** Open ones: of a member, and of the operator. */
const MAX_OPEN = 5;
const MAX_OF_OPERATOR = 20;

/** How often one invite may be used and how many days it holds, where nothing else is said, and at most. */
export const USES = { usual: 1, most: 50 };
export const DAYS = { usual: 7, most: 30 };

export type Invites = { store: Store; clock: Clock };

/**
 * Makes an invite of a member, or of nobody: the operator's. Its code is told this once; invites that are too old are
 * forgotten with it. With a `code` the client made, the same request repeated finds its invite and changes nothing.
 * @throws ApiError TOO_MANY_INVITES, INVALID_REQUEST when the code was used for another invite
 */
export function createInvite(
  { store, clock }: Invites,
  by: Id | undefined,
  { uses = USES.usual, days = DAYS.usual, code = newCode(CODE_BYTES) }: NewInvite,
): Promise<Invite & { code: string }> {
  const hash = hashCode('invite', code);
  return store.transact(async (tx) => {
    const now = clock();
    const all = await tx.invites();
    for (const old of all.filter(({ expiresAt }) => expiresAt <= now)) await end(tx, old);
    const known = all.find((one) => one.hash === hash && one.expiresAt > now);
    if (known) {
      const isSame =
        known.by === by && known.uses === uses && known.expiresAt - known.createdAt === days * DAY_MS;
      if (!isSame)
        throw new ApiError('INVALID_REQUEST', { detail: 'This code was used for another invitation.' });
      return { ...toInvite(store, known), code };
    }
    const open = all.filter((one) => one.expiresAt > now && one.by === by);
    if (open.length >= (by === undefined ? MAX_OF_OPERATOR : MAX_OPEN))
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
  return all.filter((one) => one.by === by && one.expiresAt > clock()).map((one) => toInvite(store, one));
}

/** All open invites with the usernames of who made them, the oldest first. */
export async function openInvites({ store, clock }: Invites): Promise<(Invite & { by?: string })[]> {
  const open = (await store.invites()).filter(({ expiresAt }) => expiresAt > clock());
  return Promise.all(open.map(async (one) => ({ ...toInvite(store, one), ...(await makerOf(store, one)) })));
}

/**
 * Ends an invite of a member at once. One that is not there, or is another's, counts as ended: nothing is written.
 * Without `by`, whoever made it. @throws ApiError INVITE_INVALID without `by`, when there is no such one
 */
export function revokeInvite({ store }: Pick<Invites, 'store'>, id: Id, by?: Id): Promise<void> {
  return store.transact(async (tx) => {
    const invite = (await tx.invites()).find((one) => one.id === id);
    if (invite && (by === undefined || invite.by === by)) await end(tx, invite);
    else if (by === undefined) throw new ApiError('INVITE_INVALID');
  });
}

/** Whether this code can be redeemed now. */
export async function isOpenInvite({ store, clock }: Invites, code: string): Promise<boolean> {
  return (await findOpenInvite(store, code, clock())) !== undefined;
}

/** Who invites with this code; nobody is named where the operator does. @throws ApiError INVITE_INVALID */
export async function inviterOf({ store, clock }: Invites, code: string): Promise<{ by?: string }> {
  const invite = await findOpenInvite(store, code, clock());
  if (!invite) throw new ApiError('INVITE_INVALID');
  return makerOf(store, invite);
}

/**
 * Makes friends of a member and who invited them. Where that makes no friend, the invite keeps its use for somebody else.
 * One that this member has accepted lately, and that is used up or over since, is accepted.
 * @throws ApiError INVITE_INVALID, SELF_FRIEND
 */
export function acceptInvite({ store, clock }: Invites, userId: Id, code: string): Promise<void> {
  return store.transact(async (tx) => {
    const invite = await findOpenInvite(tx, code, clock());
    if (!invite) {
      if (await hasAccepted(tx, userId, code)) return;
      throw new ApiError('INVITE_INVALID');
    }
    if (invite.by === userId) throw new ApiError('SELF_FRIEND');
    if ((await newFriendBy(tx, invite, userId)) === undefined) return;
    await follow(tx, invite, userId);
    await rememberAccepted(tx, invite, userId);
  });
}

const end = (tx: Tx, invite: StoredInvite) => tx.saveInvite({ ...invite, used: invite.uses });

async function makerOf(store: Store, { by }: StoredInvite): Promise<{ by?: string }> {
  const maker = by === undefined ? undefined : await store.account(by);
  return maker ? { by: maker.username } : {};
}

function toInvite({ time }: Store, { id, uses, used, createdAt, expiresAt }: StoredInvite): Invite {
  return { id, uses, used, createdAt: time.toWall(createdAt), expiresAt: time.toWall(expiresAt) };
}
