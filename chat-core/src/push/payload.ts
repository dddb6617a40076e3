import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { isGone, openFor } from '../messages/message.ts';
import { isMuted } from '../people/muting.ts';
import type { People } from '../people/people.ts';
import type { Store } from '../storage/store.ts';
import type { Marks } from '../sync/receipts.ts';
import type { Id, PushNotice, PushPreview } from '../wire/wire.ts';

/** Code points of a text that a lock screen shows. */
const SHOWN = 160;
/** Every letter is of this length, so that a push service learns nothing of what it carries. */
const PADDED_BYTES = 1536;

export type NoticeDeps = { store: Store; cipher: Cipher; people: People; marks: Marks; clock: Clock };

/**
 * What is to be told of a conversation now, as much of it as its person allows on a lock screen; undefined when they
 * have read it all meanwhile, or have muted it. A text that cannot be opened is left out.
 */
export async function composeNotice(
  { store, cipher, people, marks, clock }: NoticeDeps,
  userId: Id,
  conversationId: Id,
  preview: PushPreview,
): Promise<PushNotice | undefined> {
  if (isMuted(await store.account(userId), conversationId, clock())) return undefined;
  const conversation = await store.conversation(conversationId);
  const [last] = await store.messages(conversationId, { limit: 1 });
  if (!conversation || !last || last.senderId === userId || isGone(last)) return undefined;
  const count = await marks.unread(conversation, userId);
  if (count === 0) return undefined;
  const notice: PushNotice = { type: 'message', conversationId, count };
  if (preview === 'none') return notice;
  const sender =
    (await people.profile(userId, last.senderId).catch(() => undefined)) ??
    (await store.account(last.senderId));
  const name = (sender && 'displayName' in sender && sender.displayName) || sender?.username || '';
  if (preview === 'name') return { ...notice, name };
  const [message] = await openFor({ store, cipher }, userId, [last]).catch(() => []);
  return { ...notice, name, ...(message?.content && { text: shorten(message.content) }) };
}

/** A notice as bytes, filled up with what JSON ignores. */
export function toBytes(notice: PushNotice): Buffer {
  const bytes = Buffer.alloc(PADDED_BYTES, ' ');
  bytes.write(JSON.stringify(notice));
  return bytes;
}

function shorten(text: string): string {
  const points = [...text];
  return points.length <= SHOWN ? text : `${points.slice(0, SHOWN - 1).join('')}…`;
}
