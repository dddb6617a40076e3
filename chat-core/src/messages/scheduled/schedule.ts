import { messageBinding } from '../../cipher/binding.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import { requireWriter } from '../../conversations/membership.ts';
import { ApiError } from '../../errors.ts';
import type { Account, Store, StoredScheduled } from '../../storage/store.ts';
import { MAX_SCHEDULED, MAX_SCHEDULED_DAYS } from '../../wire/scheduled.ts';
import { readText } from '../../wire/text.ts';
import type { Id, NewScheduled, Scheduled } from '../../wire/wire.ts';

export type ScheduleDeps = { store: Store; cipher: Cipher };

/** Sealed texts of one person that wait, in base64: they are in memory, and each change of the account writes them. */
const MAX_CHARACTERS = 96 * 1024;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Stores a text, sealed, to be sent at a time. The same id again changes nothing.
 * @throws ApiError INVALID_MESSAGE, INVALID_REQUEST (a time that is over, or too far ahead), NOT_MEMBER, NOT_FRIENDS,
 *   NOT_ALLOWED, LIST_FULL, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function scheduleMessage(
  { store, cipher }: ScheduleDeps,
  userId: Id,
  { clientMessageId: id, conversationId, message, at }: NewScheduled,
): Promise<Scheduled> {
  const text = readText(message);
  await requireWriter(store, userId, { conversationId });
  const repeated = scheduledOf(await store.account(userId)).find((one) => one.id === id);
  const shown = { id, conversationId, message: text };
  if (repeated) return { ...shown, at: store.time.toWall(repeated.dueAt) };
  // It was sent, and the answer of its first request was lost.
  if ((await store.recentMessage(conversationId, id))?.senderId === userId) return { ...shown, at };
  const waitMs = at - store.time.wall();
  if (waitMs < 0 || waitMs > MAX_SCHEDULED_DAYS * DAY_MS)
    throw new ApiError('INVALID_REQUEST', {
      detail: 'The time to send it is over, or more than a year away.',
    });
  const dueAt = store.time.now() + waitMs;
  const sealed = await cipher.seal(text, scheduledBinding(userId, { id, conversationId, dueAt }));
  await store.transact(async (tx) => {
    await requireWriter(tx, userId, { conversationId });
    const account = await tx.account(userId);
    if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
    const before = scheduledOf(account);
    if (before.some((one) => one.id === id)) return;
    const scheduled = [...before, { id, conversationId, dueAt, ...sealed }];
    const characters = scheduled.reduce((sum, { content }) => sum + content.length, 0);
    if (scheduled.length > MAX_SCHEDULED || characters > MAX_CHARACTERS) throw new ApiError('LIST_FULL');
    await tx.saveAccount({ ...account, scheduled: scheduled.sort((a, b) => a.dueAt - b.dueAt) });
  });
  return { ...shown, at: store.time.toWall(dueAt) };
}

/** What a person has scheduled, in the order of its times. @throws ApiError CIPHER_UNAVAILABLE */
export async function listScheduled({ store, cipher }: ScheduleDeps, userId: Id): Promise<Scheduled[]> {
  const rows = scheduledOf(await store.account(userId));
  const texts = await openScheduled(cipher, userId, rows);
  return rows.map(({ id, conversationId, dueAt, failure }, index) => ({
    id,
    conversationId,
    message: texts[index] ?? '',
    at: store.time.toWall(dueAt),
    ...(failure !== undefined && { failure }),
  }));
}

/** Deletes one that waits. One that does not wait (any more) changes nothing. @throws ApiError STORAGE_UNAVAILABLE, DISK_FULL */
export async function cancelScheduled({ store, cipher }: ScheduleDeps, userId: Id, id: Id): Promise<void> {
  const removed = await store.transact(async (tx) => {
    const account = await tx.account(userId);
    const row = scheduledOf(account).find((one) => one.id === id);
    if (account && row) await tx.saveAccount(withoutScheduled(account, id));
    return row;
  });
  if (removed) cipher.forget([removed.content]);
}

export const scheduledOf = (account: Account | undefined): StoredScheduled[] => account?.scheduled ?? [];

/** The account without one that was scheduled. */
export function withoutScheduled({ scheduled = [], ...account }: Account, id: Id): Account {
  const others = scheduled.filter((one) => one.id !== id);
  return { ...account, ...(others.length > 0 && { scheduled: others }) };
}

/** The texts, undefined where one does not open. @throws ApiError CIPHER_UNAVAILABLE */
export function openScheduled(
  cipher: Pick<Cipher, 'openMany'>,
  userId: Id,
  rows: StoredScheduled[],
): Promise<(string | undefined)[]> {
  const sealed = rows.map(({ v, kid, content, ...row }) => ({
    sealed: { v, kid, content },
    binding: scheduledBinding(userId, row),
  }));
  return cipher.openMany(sealed, { accountId: userId });
}

function scheduledBinding(
  senderId: Id,
  { id, conversationId, dueAt }: Pick<StoredScheduled, 'id' | 'conversationId' | 'dueAt'>,
) {
  return messageBinding({ id, conversationId, senderId, timestamp: dueAt });
}
