import type { Id } from '../../../wire/wire.ts';
import { NO_PASSWORD, toId } from '../../foreign-ids.ts';
import type { Account, Conversation, StoredMessage } from '../../store.ts';
import { freeUsername } from '../../usernames.ts';

/** No key of a keyring has this name: such a row opens to locked, by the way of every row. */
export const PLACEHOLDER_KID = 'lost';

/**
 * What stands where a message was lost, so that seqs have no hole and people see that something was there: a row that
 * never opens. Who wrote it is not known; it counts as the first member's. Revisions ascend with seq, so it takes a
 * neighbour's.
 */
export function placeholderMessage(
  { id, members }: Conversation,
  seq: number,
  neighbour: { rev: number; timestamp: number },
): StoredMessage {
  const [senderId, receiverId] = members;
  const { rev, timestamp } = neighbour;
  const messageId = toId('message', `lost ${id} ${seq}`);
  return {
    id: messageId,
    conversationId: id,
    seq,
    senderId,
    receiverId,
    content: '',
    timestamp,
    v: 1,
    kid: PLACEHOLDER_KID,
    rev,
  };
}

/**
 * What stands where an account was lost that others name: its id, so that its conversations and friendships stay, under a
 * name that is free, and with no password. Whoever it was gets in again by a code of the operator.
 */
export function placeholderAccount(id: Id, isTaken: (folded: string) => boolean): Account {
  const username = freeUsername('lost-account', isTaken);
  return { id, username, password: NO_PASSWORD, contacts: [], tokenVersion: 0, devices: [] };
}
