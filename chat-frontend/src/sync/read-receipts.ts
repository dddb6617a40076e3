import type { Id, ReadUpTo, ReadUpToAnswer } from '../../../chat-core/src/wire/wire.ts';
import { backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Clock } from '../clock.ts';

/** At most one receipt per conversation in this time: scrolling through unread messages reads on at each frame. */
const SEND_EVERY_MS = 1_000;

/** `refused` is a seq that the server has refused for good. */
type Lane = { newest: number; isSending: boolean; failures: number; notBefore: number; refused?: number };

type Deps = {
  clock: Clock;
  send: (upTo: ReadUpTo) => Promise<ReadUpToAnswer>;
  onSent: (answer: ReadUpToAnswer) => void;
  random?: () => number;
};

/**
 * Reports to the server how far conversations were read: one request at a time for each and at most one a second; the
 * newest seq wins. A failure is silent; the next call of `send` after the backoff tries again, and an open conversation
 * calls it at each change.
 */
export function createReadReceipts({ clock, send, onSent, random }: Deps) {
  const lanes = new Map<Id, Lane>();

  async function deliver(conversationId: Id, lane: Lane): Promise<void> {
    lane.isSending = true;
    let seq = lane.newest;
    try {
      do {
        seq = lane.newest;
        onSent(await send({ conversationId, seq }));
        lane.failures = 0;
        await new Promise<void>((done) => clock.after(SEND_EVERY_MS, done));
      } while (lane.newest > seq);
    } catch (thrown) {
      const { code, retryAfter } = toApiError(thrown);
      if (!isRetryable(code)) lane.refused = seq;
      lane.failures += 1;
      lane.notBefore = clock.now() + backoff(lane.failures, retryAfter, random);
    }
    lane.isSending = false;
  }

  return {
    send(conversationId: Id, seq: number): void {
      const lane = lanes.get(conversationId) ?? { newest: 0, isSending: false, failures: 0, notBefore: 0 };
      lanes.set(conversationId, lane);
      lane.newest = seq;
      if (seq !== lane.refused && !lane.isSending && clock.now() >= lane.notBefore)
        void deliver(conversationId, lane);
    },
  };
}
