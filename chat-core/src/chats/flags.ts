import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store, Tx } from '../storage/store.ts';
import type { ChatFlags, Id, SetChatFlags } from '../wire/wire.ts';
import { saveLists } from './save-lists.ts';

/** Conversations of one person with flags; they are part of the account's row, which each change rewrites. */
export const MAX_FLAGGED = 300;
/** Pinned chats of one person. */
export const MAX_PINNED = 5;

/**
 * Archives, pins or marks as unread a conversation for a person, on all their devices, or undoes it, and drops the flags of
 * groups that they left. A chat that is pinned anew comes first. A repeat changes nothing, except that a chat is archived
 * as of its newest message. Returns the flags of all chats.
 * @throws ApiError NOT_MEMBER, INVALID_REQUEST (archived and pinned), TOO_MANY_PINNED, LIST_FULL, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function setChatFlags(
  store: Store,
  userId: Id,
  conversationId: Id,
  input: SetChatFlags,
): Promise<ChatFlags[]> {
  if (input.archived && input.pinned)
    throw new ApiError('INVALID_REQUEST', { detail: 'A chat in the archive is not pinned.' });
  return store.transact(async (tx) => {
    const account = await tx.account(userId);
    if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
    const { lastSeq } = await requireMember(tx, userId, { conversationId });
    const before = flagsOf(account);
    const known = before.find((one) => one.conversationId === conversationId) ?? { conversationId };
    const changed = withInput(known, input, lastSeq);
    const others: ChatFlags[] = [];
    for (const one of before) {
      if (one === known) others.push(changed);
      else if (await isMember(tx, userId, one.conversationId)) others.push(one);
    }
    const isFirst = !before.includes(known) || (changed.pinned && !known.pinned);
    const all = isFirst ? [changed, ...others.filter((one) => one !== changed)] : others;
    const chats = all.filter(({ archived, pinned, unread }) => archived !== undefined || pinned || unread);
    if (chats.filter(({ pinned }) => pinned).length > MAX_PINNED) throw new ApiError('TOO_MANY_PINNED');
    if (chats.length > MAX_FLAGGED) throw new ApiError('LIST_FULL');
    if (JSON.stringify(chats) !== JSON.stringify(before)) await saveLists(tx, account, { chats });
    return chats;
  });
}

function flagsOf(account: Account): ChatFlags[] {
  return account.profile?.chats ?? [];
}

/** The flags of a chat after a change; the ones that are not set are left out. */
function withInput(before: ChatFlags, input: SetChatFlags, lastSeq: number): ChatFlags {
  const isPinned = input.pinned ?? (before.pinned && !input.archived);
  const isUnread = input.unread ?? before.unread;
  const kept = input.archived === false || input.pinned ? undefined : before.archived;
  const archived = input.archived ? lastSeq : kept;
  return {
    conversationId: before.conversationId,
    ...(archived !== undefined && { archived }),
    ...(isPinned && { pinned: true }),
    ...(isUnread && { unread: true }),
  };
}

async function isMember(tx: Tx, userId: Id, conversationId: Id): Promise<boolean> {
  return (await tx.conversation(conversationId))?.members.includes(userId) ?? false;
}
