import type { ServerTime } from '../clock.ts';
import type { ExpiryHeader, ExpiryQueue, StoredMessage } from './records.ts';

export type ExpiryTime = Pick<ServerTime, 'now' | 'notPassedSince'>;

/** Messages are emptied at most so long after they expired, while the box runs. */
export const SWEEP_LAG_MS = 5 * 60_000;

/** Whether a message has expired, and was emptied. */
export function isExpired({ expired }: Pick<StoredMessage, 'expired'>): boolean {
  return expired === true;
}

/** Whether a message has expired by now, emptied or not. */
export function isDue(row: StoredMessage, time: ExpiryTime): boolean {
  const { expired, expiresAt } = row;
  return expired === true || (expiresAt !== undefined && expiryOf(row, expiresAt, time) <= time.now());
}

/** When a message expires, on the time line of the box without what did not pass of it. */
export function expiryOf(row: StoredMessage, expiresAt: number, time: ExpiryTime): number {
  return expiresAt + time.notPassedSince(sentTimeOf(row));
}

/** When a message was sent, on the time line of the box. */
export function sentTimeOf({ sentAt, timestamp }: Pick<StoredMessage, 'sentAt' | 'timestamp'>): number {
  return sentAt ?? timestamp;
}

/** The queues of a conversation after this message was appended or changed. A queue that is there begins before it. */
export function withQueueOf(
  queues: ExpiryQueue[] | undefined,
  message: StoredMessage,
): Pick<ExpiryHeader, 'expiring'> {
  const { seq, expiresAt, expired } = message;
  if (expiresAt === undefined || expired) return {};
  const afterMs = expiresAt - sentTimeOf(message);
  if (queues?.some((queue) => queue.afterMs === afterMs)) return {};
  return { expiring: [...(queues ?? []), { afterMs, from: seq, nextAt: expiresAt }] };
}
