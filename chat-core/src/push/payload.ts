import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { isDeleted, openMessagesFor } from '../messages/message.ts';
import { isMuted } from '../people/muting.ts';
import type { Profiles } from '../people/public-profile.ts';
import type { Store } from '../storage/store.ts';
import type { Receipts } from '../sync/receipts.ts';
import type { Id, PushNotice, PushPreview } from '../wire/wire.ts';

/** Code points of a text in a notification. */
const MAX_PREVIEW = 160;
/** Every payload has this length, so that a push service learns nothing from it. */
const PAYLOAD_BYTES = 1536;

export type PayloadDeps = {
  store: Store;
  cipher: Cipher;
  profiles: Profiles;
  receipts: Receipts;
  clock: Clock;
};

/**
 * The notice about a conversation as it stands now, with as much of it as its person allows on a lock screen. Undefined
 * when they have read it all, or have muted it. A text that does not open is left out.
 */
export async function buildNotice(
  { store, cipher, profiles, receipts, clock }: PayloadDeps,
  userId: Id,
  conversationId: Id,
  preview: PushPreview,
): Promise<PushNotice | undefined> {
  if (isMuted(await store.account(userId), conversationId, clock())) return undefined;
  const conversation = await store.conversation(conversationId);
  const [last] = await store.messages(conversationId, { limit: 1 });
  if (!conversation || !last || last.senderId === userId || isDeleted(last)) return undefined;
  const count = await receipts.unreadCount(conversation, userId);
  if (count === 0) return undefined;
  const notice: PushNotice = { type: 'message', conversationId, count };
  if (preview === 'none') return notice;
  const sender =
    (await profiles.visibleTo(userId, last.senderId).catch(() => undefined)) ??
    (await store.account(last.senderId));
  const name = (sender && 'displayName' in sender && sender.displayName) || sender?.username || '';
  if (preview === 'name') return { ...notice, name };
  const [message] = await openMessagesFor({ store, cipher }, userId, [last]).catch(() => []);
  return { ...notice, name, ...(message?.content && { text: shorten(message.content) }) };
}

/** A notice as JSON, padded with spaces, which JSON ignores. */
export function encodeNotice(notice: PushNotice): Buffer {
  const bytes = Buffer.alloc(PAYLOAD_BYTES, ' ');
  bytes.write(JSON.stringify(notice));
  return bytes;
}

function shorten(text: string): string {
  const points = [...text];
  return points.length <= MAX_PREVIEW ? text : `${points.slice(0, MAX_PREVIEW - 1).join('')}…`;
}
