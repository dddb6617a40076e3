import type { Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** A message dated further ahead was dated by a wrong clock: the ones after it may have a lower timestamp. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;
/** A message whose timestamp differs more from the box time stores that too. */
const MAX_SKEW_MS = 10_000;

/**
 * The timestamp of the next row of a conversation, in epoch milliseconds by the wall clock: never before that of the row
 * before it, unless that one is more than a day ahead.
 */
export async function nextTimestamp(
  reader: Pick<Tx, 'conversation' | 'message'>,
  conversationId: Id,
  wall: number,
): Promise<number> {
  const { lastSeq = 0 } = (await reader.conversation(conversationId)) ?? {};
  const { timestamp = 0 } = (await reader.message(conversationId, lastSeq)) ?? {};
  return timestamp > wall && timestamp - wall <= MAX_AHEAD_MS ? timestamp : wall;
}

/** When a message was sent in box time, where its timestamp does not say it. */
export function sentAtOf(timestamp: number, now: number): { sentAt?: number } {
  return Math.abs(timestamp - now) > MAX_SKEW_MS ? { sentAt: now } : {};
}
