import { v4 as uuid } from 'uuid';
import { hashCode, newCode } from '../codes.ts';
import { rankOf, requireAdmin } from '../conversations/membership.ts';
import { requireLiving } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import { acceptedConversation, recordAccepted } from '../invites/redeem.ts';
import {
  type GroupConversation,
  isOpenArchive,
  type Store,
  type StoredInvite,
  type Tx,
} from '../storage/store.ts';
import type {
  GroupInfo,
  GroupLink,
  GroupPreview,
  Id,
  JoinGroupAnswer,
  NewGroupLink,
  NewGroupLinkAnswer,
} from '../wire/wire.ts';
import { countUse, deleteLink, endLink } from './end-links.ts';
import type { GroupDeps } from './group-info.ts';
import { letIn, withRemoved } from './members.ts';

const DAY_MS = 24 * 3600 * 1000;
/** 128 bits: no one finds a link by guessing. */
const CODE_BYTES = 16;
/** Open links of one group, links of one maker over all groups, and people who wait for an approval. */
const MAX_LINKS = 5;
const MAX_LINKS_OF_MAKER = 20;
const MAX_REQUESTS = 64;

/** How many people one link lets in, and for how many days it is good. */
export const LINK_USES = { default: 64, max: 256 };
export const LINK_DAYS = { default: 7, max: 30 };

/**
 * Creates a link that lets people into a group, of an admin, and deletes expired ones. Its code is returned only here. With
 * a `code` of the client, the same request repeated finds its link and changes nothing; it does not bring back one that has
 * ended.
 * @throws ApiError NOT_MEMBER, NOT_ALLOWED, TOO_MANY_INVITES, INVALID_REQUEST when the code was used for another link
 */
export function createLink(
  { store, clock }: GroupDeps,
  userId: Id,
  conversationId: Id,
  input: NewGroupLink,
): Promise<NewGroupLinkAnswer> {
  const { uses = LINK_USES.default, days = LINK_DAYS.default, approval = false } = input;
  const { code = newCode(CODE_BYTES) } = input;
  const hash = hashCode('group', code);
  return store.transact(async (tx) => {
    if (isOpenArchive(await requireAdmin(tx, userId, conversationId))) throw new ApiError('NOT_ALLOWED');
    const now = clock();
    const all = (await tx.invites()).filter((one) => one.conversationId !== undefined);
    for (const expired of all.filter(({ expiresAt }) => expiresAt <= now)) await deleteLink(tx, expired);
    const known = all.filter(({ expiresAt }) => expiresAt > now);
    const existing = known.find((one) => one.hash === hash);
    if (existing) {
      if (existing.ended) {
        throw new ApiError('INVALID_REQUEST', {
          detail: 'The link of this code has ended. Use another code.',
        });
      }
      const isSame =
        existing.conversationId === conversationId &&
        existing.by === userId &&
        existing.uses === uses &&
        (existing.approval ?? false) === approval &&
        existing.expiresAt - existing.createdAt === days * DAY_MS;
      if (!isSame) throw new ApiError('INVALID_REQUEST', { detail: 'This code was used for another link.' });
      return { ...toWireLink(store, existing), code };
    }
    const open = known.filter(({ ended }) => !ended);
    const inGroup = open.filter((one) => one.conversationId === conversationId);
    const ofMaker = open.filter(({ by }) => by === userId);
    if (inGroup.length >= MAX_LINKS || ofMaker.length >= MAX_LINKS_OF_MAKER) {
      throw new ApiError('TOO_MANY_INVITES');
    }
    const ended = known.filter((one) => one.ended && one.by === userId);
    for (const one of ended.slice(0, Math.max(0, ended.length + 1 - MAX_LINKS_OF_MAKER)))
      await deleteLink(tx, one);
    const link: StoredInvite = {
      id: uuid(),
      hash,
      by: userId,
      uses,
      used: 0,
      createdAt: now,
      expiresAt: now + days * DAY_MS,
      conversationId,
      ...(approval && { approval: true }),
    };
    await tx.saveInvite(link);
    return { ...toWireLink(store, link), code };
  });
}

/** The open links of a group, for its admins, oldest first. @throws ApiError NOT_MEMBER, NOT_ALLOWED */
export async function listLinks(deps: GroupDeps, userId: Id, conversationId: Id): Promise<GroupLink[]> {
  const { store, clock } = deps;
  await requireAdmin(store, userId, conversationId);
  const all = await store.invites();
  return all
    .filter((one) => one.conversationId === conversationId && isOpen(one, clock()))
    .map((one) => toWireLink(store, one));
}

/** Ends a link of a group. One that does not exist counts as ended. @throws ApiError NOT_MEMBER, NOT_ALLOWED */
export function revokeLink(
  { store }: GroupDeps,
  userId: Id,
  { conversationId, linkId }: { conversationId: Id; linkId: Id },
): Promise<void> {
  return store.transact(async (tx) => {
    await requireAdmin(tx, userId, conversationId);
    const all = await tx.invites();
    const link = all.find((one) => one.id === linkId && one.conversationId === conversationId);
    if (link && !link.ended) await endLink(tx, link);
  });
}

/** What a link shows before one joins. @throws ApiError INVITE_INVALID, CIPHER_UNAVAILABLE */
export async function previewGroup(deps: GroupDeps, userId: Id, code: string): Promise<GroupPreview> {
  const { link, conversation } = await requireLink(deps, deps.store, code);
  return {
    name: await deps.groups.nameOf(conversation),
    memberCount: conversation.members.length,
    newcomersRead: conversation.group.newcomersRead,
    approval: asksForApproval(link, conversation, userId),
  };
}

/**
 * Joins a group by its link, or asks its admins where the link says so or an admin removed the person. A use counts when
 * the person is let in. Repeating it succeeds and counts no second use. @throws ApiError INVITE_INVALID, GROUP_FULL, LIST_FULL, UNAUTHENTICATED, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function joinGroup(deps: GroupDeps, userId: Id, code: string): Promise<JoinGroupAnswer> {
  const { store } = deps;
  const done = await joinedBefore(deps, store, userId, code);
  if (done) return done;
  return store.transact(async (tx) => {
    await requireLiving(tx, userId);
    const repeated = await joinedBefore(deps, tx, userId, code);
    if (repeated) return repeated;
    const { link, conversation } = await requireLink(deps, tx, code);
    const { id: conversationId, group } = conversation;
    const { requests = [] } = group;
    const needsApproval = asksForApproval(link, conversation, userId);
    if (needsApproval) {
      if (requests.length >= MAX_REQUESTS) throw new ApiError('LIST_FULL');
      await tx.saveRequests(conversationId, { ...group, requests: [...requests, userId] });
    } else {
      await letIn(deps, tx, conversation, [userId], { actorId: userId, type: 'joined' });
      await countUse(tx, link);
    }
    await recordAccepted(tx, link, userId);
    return { status: needsApproval ? 'requested' : 'joined', conversationId };
  });
}

/** What came of a link that this person has used, also when it is used up since; undefined when nothing is left of it. */
async function joinedBefore(
  deps: Pick<GroupDeps, 'clock'>,
  reader: Pick<Tx, 'account' | 'invites' | 'conversation'>,
  userId: Id,
  code: string,
): Promise<JoinGroupAnswer | undefined> {
  const conversationId =
    (await findLink(deps, reader, code))?.conversationId ??
    (await acceptedConversation(reader, userId, hashCode('group', code)));
  const conversation = conversationId ? await reader.conversation(conversationId) : undefined;
  if (conversation?.kind !== 'group') return undefined;
  const { id, group } = conversation;
  if (rankOf(conversation, userId) > 0) return { status: 'joined', conversationId: id };
  return group.requests?.includes(userId) ? { status: 'requested', conversationId: id } : undefined;
}

/** Whether an admin has to let this person in: the link says so, or an admin removed them. */
function asksForApproval({ approval }: StoredInvite, { group }: GroupConversation, userId: Id): boolean {
  return (approval || group.removed?.includes(userId)) ?? false;
}

/**
 * An admin lets in a person who asked to join, or refuses; then they need an approval also by other links. A request that
 * is not there any more changes nothing.
 * @throws ApiError NOT_MEMBER, NOT_ALLOWED, GROUP_FULL, LIST_FULL, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function answerRequest(
  deps: GroupDeps,
  userId: Id,
  conversationId: Id,
  { userId: personId, accept }: { userId: Id; accept: boolean },
): Promise<GroupInfo> {
  const stored = await deps.store.transact(async (tx) => {
    const conversation = await requireAdmin(tx, userId, conversationId);
    const { requests = [] } = conversation.group;
    if (!requests.includes(personId)) return conversation;
    if (!accept) {
      return tx.saveRequests(conversationId, {
        requests: requests.filter((id) => id !== personId),
        removed: withRemoved(conversation.group, personId),
      });
    }
    const saved = await letIn(deps, tx, conversation, [personId], { actorId: userId, type: 'added' });
    const link = await linkUsedBy(deps, tx, personId, conversationId);
    if (link) await countUse(tx, link);
    return saved;
  });
  return deps.groups.infoFor(stored, userId);
}

async function requireLink(
  { clock }: Pick<GroupDeps, 'clock'>,
  reader: Pick<Tx, 'invites' | 'conversation'>,
  code: string,
): Promise<{ link: StoredInvite; conversation: GroupConversation }> {
  const link = await findLink({ clock }, reader, code);
  const conversation = link?.conversationId ? await reader.conversation(link.conversationId) : undefined;
  if (!link || conversation?.kind !== 'group' || conversation.members.length === 0) {
    throw new ApiError('INVITE_INVALID');
  }
  return { link, conversation };
}

/** The open link of a code. */
async function findLink(
  { clock }: Pick<GroupDeps, 'clock'>,
  reader: Pick<Tx, 'invites'>,
  code: string,
): Promise<StoredInvite | undefined> {
  const hash = hashCode('group', code);
  return (await reader.invites()).find((one) => one.hash === hash && isOpen(one, clock()));
}

/** The open link by which a person last asked to join a group. */
async function linkUsedBy(
  { clock }: Pick<GroupDeps, 'clock'>,
  tx: Tx,
  userId: Id,
  conversationId: Id,
): Promise<StoredInvite | undefined> {
  const { acceptedInvites = [] } = (await tx.account(userId)) ?? {};
  const open = (await tx.invites()).filter(
    (one) => one.conversationId === conversationId && isOpen(one, clock()),
  );
  const used = acceptedInvites.findLast((entry) => open.some(({ hash }) => entry.startsWith(`${hash} `)));
  return open.find(({ hash }) => used?.startsWith(`${hash} `));
}

const isOpen = ({ expiresAt, ended }: StoredInvite, now: number) => !ended && expiresAt > now;

function toWireLink(
  { time }: Pick<Store, 'time'>,
  { id, by, uses, used, createdAt, expiresAt, approval }: StoredInvite,
): GroupLink {
  return {
    id,
    ...(by !== undefined && { by }),
    uses,
    used,
    createdAt: time.toWall(createdAt),
    expiresAt: time.toWall(expiresAt),
    approval: approval ?? false,
  };
}
