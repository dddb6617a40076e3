import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { isReadable } from '../conversations/membership.ts';
import type { Groups } from '../groups/group-info.ts';
import { isDeleted, openMessagesFor } from '../messages/message.ts';
import { mutedAt } from '../people/muting.ts';
import type { Profiles } from '../people/public-profile.ts';
import type { Store } from '../storage/store.ts';
import type { Receipts } from '../sync/receipts.ts';
import type { Attachment, Id, PushFile, PushPayload, PushPreview } from '../wire/wire.ts';

/** Code points of a text in a notification. */
const MAX_PREVIEW = 160;
/** Code points of the name of a file, and of the text beside it: together they fit into a payload. */
const MAX_FILE_NAME = 40;
const MAX_CAPTION = 100;
/** Rows of a group, and of a direct conversation, that may come after the message that a push shows. */
const MAX_ROWS = 100;
const MAX_DIRECT_ROWS = 5;
/** Every payload has this length, so that a push service learns nothing from it. */
const PAYLOAD_BYTES = 1536;

export type PayloadDeps = {
  store: Store;
  cipher: Cipher;
  profiles: Profiles;
  groups: Groups;
  receipts: Receipts;
  clock: Clock;
};

/**
 * The payload of a push about a conversation, with as much of its newest message as the person allows on a lock screen.
 * Undefined when they have read it all, or have muted it. A text that does not open is left out.
 */
export async function buildPayload(
  { store, cipher, profiles, groups, receipts, clock }: PayloadDeps,
  userId: Id,
  conversationId: Id,
  preview: PushPreview,
): Promise<PushPayload | undefined> {
  const account = await store.account(userId);
  const muted = mutedAt(account, conversationId, clock());
  const conversation = await store.conversation(conversationId);
  const isGroup = conversation?.kind === 'group';
  if (!conversation?.members.includes(userId) || muted === 'all' || (muted !== 'nothing' && !isGroup))
    return undefined;
  const rows = await store.messages(conversationId, { limit: isGroup ? MAX_ROWS : MAX_DIRECT_ROWS });
  const last = rows.findLast(
    (row) =>
      !row.event &&
      !isDeleted(row) &&
      isReadable(conversation, userId, row) &&
      !account?.blocked?.includes(row.senderId) &&
      (muted === 'nothing' || row.mentions?.includes(userId)),
  );
  if (!last || last.senderId === userId) return undefined;
  const { unread: count, mentions } = await receipts.unreadOf(conversation, userId);
  if (count === 0 || (muted !== 'nothing' && mentions === 0)) return undefined;
  const payload: PushPayload = { type: 'message', conversationId, count };
  if (preview === 'none') return payload;
  const sender =
    (await profiles.visibleTo(userId, last.senderId).catch(() => undefined)) ??
    (await store.account(last.senderId));
  const name = (sender && 'displayName' in sender && sender.displayName) || sender?.username || '';
  const group = isGroup ? { group: await groups.nameOf(conversation).catch(() => '') } : {};
  if (preview === 'name') return { ...payload, ...group, name };
  const [message] = await openMessagesFor({ store, cipher }, userId, [last]).catch(() => []);
  const file = fileOf(message?.attachments ?? []);
  const words = message?.poll ? `📊 ${message.poll.question}` : message?.content;
  const text = words && shorten(words, file ? MAX_CAPTION : MAX_PREVIEW);
  return { ...payload, ...group, name, ...(text && { text }), ...(file && { file }) };
}

/** What a notification says of the files of a message: the kind of the first, and how many there are. */
function fileOf(attachments: Attachment[]): PushFile | undefined {
  const [first] = attachments;
  if (!first) return undefined;
  const { type, voice, durationMs = 0, locked } = first;
  const count = attachments.length;
  if (voice) return { kind: 'voice', count, seconds: Math.round(durationMs / 1000) };
  if (type.startsWith('image/')) return { kind: 'photo', count };
  if (type.startsWith('video/')) return { kind: 'video', count };
  const kind = type.startsWith('audio/') ? 'audio' : 'file';
  return { kind, count, ...(!locked && { name: shorten(first.name, MAX_FILE_NAME) }) };
}

/** The JSON of a payload, padded with spaces, which JSON ignores. */
export function encodePayload(payload: PushPayload): Buffer {
  const bytes = Buffer.alloc(PAYLOAD_BYTES, ' ');
  bytes.write(JSON.stringify(payload));
  return bytes;
}

function shorten(text: string, max: number): string {
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}
