import { requireMember, requirePermission, requireWriter } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { appendEvent } from '../groups/group-events.ts';
import type { Store } from '../storage/store.ts';
import type { ExpiryAnswer, Id, SetExpiry } from '../wire/wire.ts';

/**
 * Sets after how long new messages of a conversation expire; 0 for never. Either person of a direct conversation may, while they
 * are friends, and in a group those who may change its name; an archive gets no new messages. A system row says it. What already
 * is so changes nothing.
 * @throws ApiError NOT_MEMBER, NOT_FRIENDS, NOT_ALLOWED, STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
 */
export async function setExpiry(
  store: Store,
  userId: Id,
  conversationId: Id,
  { after }: SetExpiry,
): Promise<ExpiryAnswer> {
  await store.transact(async (tx) => {
    const { kind, expireAfterS = 0 } = await requireMember(tx, userId, { conversationId });
    if (kind === 'group') {
      const { group } = await requirePermission(tx, userId, conversationId, 'editInfo');
      if (group.archive) throw new ApiError('NOT_ALLOWED');
    } else await requireWriter(tx, userId, { conversationId });
    if (expireAfterS === after) return;
    await tx.saveExpiry(conversationId, after);
    await appendEvent(tx, store, conversationId, userId, { type: 'expiry', after });
  });
  return { conversationId, after };
}
