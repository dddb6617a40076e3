import type { Message } from '../../../chat-core/src/wire/wire.ts';
import type { Chat } from './chat.ts';
import type { State } from './state.ts';

const DAY_MS = 86_400_000;

/** What stays of an expired message. */
function expiredCopy({ id, conversationId, seq, senderId, timestamp, rev }: Message): Message {
  return { id, conversationId, seq, senderId, timestamp, rev, content: '', expired: true };
}

/**
 * When a message expires by the clock of the server; `retentionDays` of the box hold too. System rows stay, and of imported
 * ones only the box knows when they came.
 */
export function expiryOf(
  { expiresAt, timestamp, expired, event, imported }: Message,
  retentionDays = 0,
): number {
  if (expired || event) return Number.POSITIVE_INFINITY;
  const retained =
    retentionDays > 0 && !imported ? timestamp + retentionDays * DAY_MS : Number.POSITIVE_INFINITY;
  return Math.min(expiresAt ?? Number.POSITIVE_INFINITY, retained);
}

/** A message as it is at a time by the clock of the server. */
export const asOf = (message: Message, at: number, retentionDays?: number): Message =>
  expiryOf(message, retentionDays) <= at ? expiredCopy(message) : message;

/** All messages that are held of a conversation. */
export const heldIn = ({ messages, jumpWindow, others, last }: Chat): Message[] => [
  ...messages,
  ...(jumpWindow?.messages ?? []),
  ...Object.values(others),
  ...(last ? [last] : []),
];

/** Whether messages that are held may expire. */
export const mayExpire = ({ chats, serverInfo }: State): boolean =>
  serverInfo?.retentionDays !== undefined ||
  Object.values(chats).some(
    (chat) => chat.expireAfterS !== undefined || heldIn(chat).some((message) => message.expiresAt),
  );
