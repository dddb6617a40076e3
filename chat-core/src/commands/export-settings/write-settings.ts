import type { Cipher } from '../../cipher/cipher.ts';
import { openScheduled } from '../../messages/scheduled/schedule.ts';
import type { Account, Conversation, DirectConversation, StoredScheduled } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';

/** What all members of a conversation have set for it, as it stands in an export. */
export function headerSettings(
  { expireAfterS, pinned }: Conversation,
  isOver: (at: number) => boolean,
): object {
  const isPinned = pinned && (pinned.expiresAt === undefined || !isOver(pinned.expiresAt));
  return { ...(expireAfterS !== undefined && { expireAfterS }), ...(isPinned && { pinned }) };
}

/** A direct conversation of an export: the messages name it, and what people have set for it. */
export function toDirect(header: DirectConversation, isOver: (at: number) => boolean): object {
  return { id: header.id, members: header.members, ...headerSettings(header, isOver) };
}

/**
 * What people have set for themselves, by person; none for those who have set nothing. Scheduled texts are readable with a
 * cipher, where they open; else they stay sealed. @throws ApiError CIPHER_UNAVAILABLE
 */
export async function settingsOf(accounts: Account[], cipher: Cipher | undefined): Promise<Map<Id, object>> {
  const settings = new Map<Id, object>();
  for (const { id, profile, scheduled = [] } of accounts) {
    const { privacy, muted = [], chats = [], stars = [] } = profile ?? {};
    const own = {
      ...(privacy && { privacy }),
      ...(muted.length > 0 && { muted }),
      ...(chats.length > 0 && { chats }),
      ...(stars.length > 0 && { stars }),
      ...(scheduled.length > 0 && { scheduled: await toScheduled(id, scheduled, cipher) }),
    };
    if (Object.keys(own).length > 0) settings.set(id, own);
  }
  return settings;
}

async function toScheduled(
  userId: Id,
  rows: StoredScheduled[],
  cipher: Cipher | undefined,
): Promise<object[]> {
  const texts = cipher ? await openScheduled(cipher, userId, rows) : [];
  return rows.map((row, index) => {
    const { v: _, kid: __, content: ___, ...plan } = row;
    return texts[index] === undefined ? row : { ...plan, text: texts[index] };
  });
}
