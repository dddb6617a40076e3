import type { RequestContext } from '../http/route.ts';
import type { Looking } from '../presence/viewing.ts';
import type { Activity, Delta } from '../wire/wire.ts';
import type { Sync } from './create-sync.ts';
import type { Unpaced } from './delta.ts';
import { readDelta } from './feed.ts';
import type { Place } from './long-polls.ts';
import { pollHeld } from './wait-for-change.ts';

type Polling = RequestContext<'user', unknown, unknown, unknown>;

/**
 * How a poll is answered, where it came or when something changes: with the pace of the next one, and who polls is
 * there. Apart, because an idle poll is asked so often that what a held one needs besides would show.
 */
export function openAnswers(sync: Sync, looking: Looking) {
  const { presence, pace, store } = sync;
  const paced = (call: Polling, pollAfterMs: number, delta?: Unpaced): Delta | undefined => {
    call.setHeader('Poll-After-Ms', String(pollAfterMs));
    // What the box dates is compared with this and with no clock of a client.
    call.setHeader('Box-Time', String(store.time.wall()));
    return delta && { ...delta, pollAfterMs };
  };
  const pass = (call: Polling, activity: Activity, delta?: Unpaced): Delta | undefined => {
    const { userId } = call.caller;
    const pollAfterMs = delta?.more ? 0 : pace(userId, activity, false);
    presence.pass(userId, activity, pollAfterMs);
    looking.pass(userId, activity, pollAfterMs);
    return paced(call, pollAfterMs, delta);
  };
  return {
    /** Without a promise where nothing changed. @throws ApiError INVALID_CURSOR, CIPHER_UNAVAILABLE */
    now(call: Polling, activity: Activity, cursor?: string): Promise<Delta | undefined> | undefined {
      const delta = readDelta(sync, call.caller.userId, cursor);
      if (delta) return delta.then((news) => pass(call, activity, news));
      pass(call, activity);
      return undefined;
    },
    /** @throws ApiError INVALID_CURSOR, CIPHER_UNAVAILABLE */
    async held(
      call: Polling,
      place: Place,
      { activity, waitMs, cursor }: { activity: Activity; waitMs: number; cursor: string | undefined },
    ): Promise<Delta | undefined> {
      const { userId } = call.caller;
      presence.arrive(userId, activity);
      const stopLooking = looking.begin(userId, activity);
      call.onClose(place.leave);
      let pollAfterMs = 0;
      try {
        const look = () => readDelta(sync, userId, cursor);
        const delta = await pollHeld(look, place, waitMs, (waiting) => call.hold(waiting));
        pollAfterMs = delta?.more ? 0 : pace(userId, activity, true);
        return paced(call, pollAfterMs, delta);
      } finally {
        presence.leave(userId, activity, pollAfterMs);
        stopLooking(pollAfterMs);
      }
    },
  };
}
