import type { Id, ReadUpTo, ReadUpToAnswer } from '../../../chat-core/src/wire/wire.ts';
import { backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Clock } from '../clock.ts';

/** Of one conversation at most so often: whoever scrolls through what is unread reads on at each frame. */
const TELL_EVERY_MS = 1_000;

/** `refused` is a seq that the core has refused for good. */
type Lane = { newest: number; telling: boolean; failures: number; notBefore: number; refused?: number };

export type ReadingDeps = {
  clock: Clock;
  tell: (upTo: ReadUpTo) => Promise<ReadUpToAnswer>;
  onTold: (answer: ReadUpToAnswer) => void;
  random?: () => number;
};

/**
 * Tells the box how far conversations were read: one telling at a time for each and
 * at most one in a second, the newest seq wins. A failed one is
 * silent, and tried again when it is asked for after a pause: whoever looks at the conversation asks at each change.
 */
export function createReading({ clock, tell, onTold, random }: ReadingDeps) {
  const lanes = new Map<Id, Lane>();

  async function deliver(conversationId: Id, lane: Lane): Promise<void> {
    lane.telling = true;
    let seq = lane.newest;
    try {
      do {
        seq = lane.newest;
        onTold(await tell({ conversationId, seq }));
        lane.failures = 0;
        await new Promise<void>((done) => clock.after(TELL_EVERY_MS, done));
      } while (lane.newest > seq);
    } catch (thrown) {
      const { code, retryAfter } = toApiError(thrown);
      if (!isRetryable(code)) lane.refused = seq;
      lane.failures += 1;
      lane.notBefore = clock.now() + backoff(lane.failures, retryAfter, random);
    }
    lane.telling = false;
  }

  return {
    tell(conversationId: Id, seq: number): void {
      const lane = lanes.get(conversationId) ?? { newest: 0, telling: false, failures: 0, notBefore: 0 };
      lanes.set(conversationId, lane);
      lane.newest = seq;
      if (seq !== lane.refused && !lane.telling && clock.now() >= lane.notBefore)
        void deliver(conversationId, lane);
    },
  };
}
