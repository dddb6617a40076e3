import type { Cipher } from '../cipher/cipher.ts';
import { isReadable, requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { isDeleted, openMessagesFor } from '../messages/message.ts';
import { type MessageRef, requireMessage } from '../messages/require-message.ts';
import { isDue } from '../storage/expiry-queues.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { PageBudget, Store, StoredMessage } from '../storage/store.ts';
import type { Id, Starred, StarredPage } from '../wire/wire.ts';
import { saveLists } from './save-lists.ts';
import { isSameStar, type StarRef, starList, starRefs } from './star-list.ts';

/** Starred messages of one person; they are part of the account's row. */
export const MAX_STARS = 500;
const PAGE = 20;

type Reader = Pick<Store, 'conversation' | 'message' | 'hiddenOf'>;

/**
 * Stars a message for a person, on all their devices. Returns all their stars. One too many first drops those of messages
 * that they can read no more; `budget` pays for finding them. A repeat changes nothing.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, MESSAGE_DELETED, TOO_MANY_STARS, TOO_MANY_REQUESTS, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function starMessage(
  store: Store,
  userId: Id,
  ref: MessageRef,
  budget?: PageBudget,
): Promise<Starred[]> {
  const unreadable = await unreadableIfFull(store, userId, ref, budget);
  return store.transact(async (tx) => {
    const account = await tx.account(userId);
    if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
    const { conversationId, seq } = ref;
    const conversation = await requireMember(tx, userId, { conversationId });
    const row = await requireMessage(tx, conversation, userId, { seq, time: store.time });
    if (row.event) throw new ApiError('NO_SUCH_MESSAGE');
    if (isDeleted(row)) throw new ApiError('MESSAGE_DELETED');
    const before = account.profile?.stars ?? [];
    let refs = starRefs(before);
    if (refs.some((one) => isSameStar(one, ref))) return before;
    if (refs.length >= MAX_STARS)
      refs = refs.filter((one) => !unreadable.some((gone) => isSameStar(gone, one)));
    if (refs.length >= MAX_STARS) throw new ApiError('TOO_MANY_STARS');
    const stars = starList([...refs, { conversationId, seq }]);
    await saveLists(tx, account, { stars });
    return stars;
  });
}

/**
 * Takes the star of a message away, also of one that can be read no more. A repeat changes nothing.
 * @throws ApiError NOT_MEMBER (no star, and no member), STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function unstarMessage(store: Store, userId: Id, ref: MessageRef): Promise<Starred[]> {
  return store.transact(async (tx) => {
    const account = await tx.account(userId);
    if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
    const before = account.profile?.stars ?? [];
    const refs = starRefs(before);
    const others = refs.filter((one) => !isSameStar(one, ref));
    if (others.length === refs.length) {
      await requireMember(tx, userId, { conversationId: ref.conversationId });
      return before;
    }
    const stars = starList(others);
    await saveLists(tx, account, { stars });
    return stars;
  });
}

/**
 * A page of a person's starred messages, the one starred last first, without those that they can read no more. `before` is
 * a position in their list, counted from its oldest star: what is starred meanwhile does not move it.
 * @throws ApiError CIPHER_UNAVAILABLE, TOO_MANY_REQUESTS
 */
export async function readStars(
  deps: { store: Store; cipher: Cipher },
  userId: Id,
  before = Number.POSITIVE_INFINITY,
  signal?: AbortSignal,
  budget?: PageBudget,
): Promise<StarredPage> {
  const { store } = deps;
  const refs = starRefs((await store.account(userId))?.profile?.stars ?? []);
  const rows: StoredMessage[] = [];
  let next = Math.min(before - 1, refs.length);
  for (; next > 0 && rows.length < PAGE; next--) {
    const ref = refs[next - 1];
    const row = ref && (await readableRow(store, userId, ref, budget));
    if (row && !isDue(row, store.time)) rows.push(row);
  }
  const messages = await openMessagesFor(deps, userId, rows, signal);
  return { messages, ...(next > 0 && { before: next + 1 }) };
}

/** The row of a starred message, unless its person may not read it any more. */
async function readableRow(
  reader: Reader,
  userId: Id,
  { conversationId, seq }: StarRef,
  budget?: PageBudget,
): Promise<StoredMessage | undefined> {
  const conversation = await reader.conversation(conversationId);
  if (!conversation?.members.includes(userId) || !isReadable(conversation, userId, { seq })) return undefined;
  if (hasSeq(await reader.hiddenOf(conversationId, userId), seq)) return undefined;
  const row = await reader.message(conversationId, seq, budget);
  return row && !row.event && !isDeleted(row) ? row : undefined;
}

/**
 * What makes room in a full list for one more star. It is found before the transaction, for which all others wait: each may
 * be in another page on the disk.
 */
async function unreadableIfFull(
  store: Store,
  userId: Id,
  wanted: MessageRef,
  budget?: PageBudget,
): Promise<StarRef[]> {
  const refs = starRefs((await store.account(userId))?.profile?.stars ?? []);
  if (refs.length < MAX_STARS || refs.some((one) => isSameStar(one, wanted))) return [];
  const found: StarRef[] = [];
  for (const ref of refs) if (!(await readableRow(store, userId, ref, budget))) found.push(ref);
  return found;
}
