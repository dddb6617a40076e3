import type { Id } from '../wire/wire.ts';
import { bareRow } from './bare-row.ts';
import { sentTimeOf } from './expiry-queues.ts';
import { type Changes, isDeletedGroup, type Rows, uploadRows, usageWith } from './rows.ts';
import type { Conversation, ExpiryProgress, FileUsage, NewMessage, StoredMessage } from './store.ts';

/** A new message of a conversation with the time at which it expires, if messages do there. System rows do not. */
export function withExpiryTime(
  { expireAfterS }: Pick<Conversation, 'expireAfterS'>,
  message: NewMessage,
): NewMessage {
  if (expireAfterS === undefined || message.event || message.expired || message.expiresAt !== undefined)
    return message;
  return { ...message, expiresAt: sentTimeOf(message) + expireAfterS * 1000 };
}

/**
 * A message that has expired: what any feature adds to a row is gone, since only these fields stay. Its last revision
 * stays too: whoever holds a copy knows its time, so that thousands of rows need no place in the log of changes.
 */
export function expiredRow(row: StoredMessage): StoredMessage {
  const { receiverId } = row;
  return { ...bareRow(row), ...(receiverId !== undefined && { receiverId }), expired: true };
}

/** A header with another duration for its new messages; 0: they do not expire. */
export function withExpireAfter<Header extends Conversation>(header: Header, afterS: number): Header {
  const { expireAfterS: _, ...rest } = header;
  return { ...rest, ...(afterS > 0 && { expireAfterS: afterS }) } as Header;
}

/**
 * The changes that empty messages of a conversation and record how far the sweep got, and the rows as they were. Their
 * files become discarded uploads. Only its header gets the revision `rev`, which announces the conversation.
 */
export async function expireRows(
  rows: Pick<Rows, 'conversation' | 'message' | 'usageIn'>,
  rev: number,
  conversationId: Id,
  seqs: number[],
  { queues, retainedFrom }: ExpiryProgress,
): Promise<{ changes: Partial<Changes>; before: StoredMessage[] }> {
  const known = rows.conversation(conversationId);
  if (!known || isDeletedGroup(known)) return { changes: {}, before: [] };
  const found = await Promise.all(seqs.map((seq) => rows.message(conversationId, seq)));
  const before = found.filter((row) => row !== undefined && !row.event && !row.expired) as StoredMessage[];
  const usages = new Map<Id, FileUsage>();
  for (const { senderId, attachments = [] } of before) {
    if (attachments.length === 0) continue;
    const usage = usages.get(senderId) ?? rows.usageIn(conversationId, senderId);
    usages.set(senderId, usageWith(usage, attachments, -1));
  }
  const { expiring: _, ...rest } = known;
  const expiring = queues ?? known.expiring;
  const header = {
    ...rest,
    ...(expiring && expiring.length > 0 && { expiring }),
    ...(retainedFrom !== undefined && { retainedFrom }),
    rev: before.length > 0 ? rev : known.rev,
  } as Conversation;
  const files = before.flatMap(({ attachments = [] }) => attachments);
  return {
    before,
    changes: {
      conversations: [header],
      edits: before.map(expiredRow),
      uploads: uploadRows('discarded', conversationId, files),
      usages: [...usages.values()],
    },
  };
}
