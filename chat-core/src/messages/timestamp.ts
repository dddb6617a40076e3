import type { Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** A message that is dated so far ahead was written under a wrong clock: those after it are not held to its time. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;
/** Beyond this the time line of the box is kept beside the timestamp of a message. */
const MAX_APART_MS = 10_000;

type Reader = Pick<Tx, 'conversation' | 'message'>;

/**
 * The time people see beside the next message of a conversation: never before that of the message before it, unless
 * that one is more than a day ahead. Epoch milliseconds; `wall` is the wall clock.
 */
export async function nextTimestamp(reader: Reader, conversationId: Id, wall: number): Promise<number> {
  const { lastSeq = 0 } = (await reader.conversation(conversationId)) ?? {};
  const { timestamp = 0 } = (await reader.message(conversationId, lastSeq)) ?? {};
  return timestamp > wall && timestamp - wall <= MAX_AHEAD_MS ? timestamp : wall;
}

/** When a message was sent on the time line of the box, where its timestamp does not say it. */
export function sentAtOf(timestamp: number, now: number): { sentAt?: number } {
  return Math.abs(timestamp - now) > MAX_APART_MS ? { sentAt: now } : {};
}
