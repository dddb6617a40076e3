import type { StoredMessage } from './store.ts';

/** A message without its texts, and without what features add to a row: who sent it where and when, in which commits. */
export function bareRow(row: StoredMessage): StoredMessage {
  const { id, conversationId, seq, senderId, timestamp, sentAt, rev, changedRev, expiresAt } = row;
  return {
    id,
    conversationId,
    seq,
    senderId,
    content: '',
    timestamp,
    ...(sentAt !== undefined && { sentAt }),
    v: 1,
    kid: '',
    rev,
    ...(changedRev !== undefined && { changedRev }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
