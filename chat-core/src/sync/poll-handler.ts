import type { RequestContext } from '../http/route.ts';
import type { Activity, Delta } from '../wire/wire.ts';
import type { Sync } from './create-sync.ts';
import type { DeltaBody } from './delta.ts';
import { type Slot, waitForChange } from './long-polls.ts';
import { readDelta } from './read-delta.ts';

type PollCall = RequestContext<'user', unknown, unknown, unknown>;

/**
 * Answers polls with the interval until the next one, and records the presence of their person. Polls answered at once
 * have a separate path: idle ones are so frequent that the extra work of a long poll would be measurable.
 */
export function createPollHandler(sync: Sync) {
  const { presence, store } = sync;
  const withInterval = (call: PollCall, pollAfterMs: number, delta?: DeltaBody): Delta | undefined => {
    call.setHeader('Poll-After-Ms', String(pollAfterMs));
    // Clients compare timestamps of this service with its clock, never with their own.
    call.setHeader('Box-Time', String(store.time.wall()));
    return delta && { ...delta, pollAfterMs };
  };
  const answer = (call: PollCall, activity: Activity, delta?: DeltaBody): Delta | undefined => {
    const { userId } = call.caller;
    const pollAfterMs = delta?.more ? 0 : sync.pollIntervalMs(userId, activity, false);
    presence.pollAnswered(userId, activity, pollAfterMs);
    sync.relay.polled(userId, activity, pollAfterMs);
    return withInterval(call, pollAfterMs, delta);
  };
  return {
    /** No promise where nothing changed. @throws ApiError INVALID_CURSOR, CIPHER_UNAVAILABLE */
    answerNow(call: PollCall, activity: Activity, cursor?: string): Promise<Delta | undefined> | undefined {
      const delta = readDelta(sync, call.caller.userId, cursor, call);
      if (delta) return delta.then((found) => answer(call, activity, found));
      answer(call, activity);
      return undefined;
    },
    /** Answers when something changes, or after `waitMs`. @throws ApiError INVALID_CURSOR, CIPHER_UNAVAILABLE */
    async answerOnChange(
      call: PollCall,
      slot: Slot,
      { activity, waitMs, cursor }: { activity: Activity; waitMs: number; cursor: string | undefined },
    ): Promise<Delta | undefined> {
      const { userId } = call.caller;
      const endPoll = presence.pollWaits(userId, activity);
      sync.relay.polled(userId, activity);
      call.onClose(slot.release);
      let pollAfterMs = 0;
      try {
        const read = () => readDelta(sync, userId, cursor, call);
        const delta = await waitForChange(read, slot, waitMs, (waiting) => call.hold(waiting));
        pollAfterMs = delta?.more ? 0 : sync.pollIntervalMs(userId, activity, true);
        return withInterval(call, pollAfterMs, delta);
      } finally {
        endPoll(pollAfterMs);
      }
    },
  };
}
