import { MAX_WAIT_MS, type Presence } from '../presence/presence.ts';
import type { Typing } from '../presence/typing.ts';
import type { Store } from '../storage/store.ts';
import type { Activity, Id } from '../wire/wire.ts';
import type { Receipts } from './receipts.ts';

/** A poll of a person is passed on again once what others know of them has so little time left, or they became active. */
const RENEW_MS = 5000;
/** People whose last signal is remembered; beyond, those of whom nothing is known any more are forgotten. */
const MAX_KNOWN = 10_000;

type Deps = {
  store: Pick<Store, 'signals'>;
  receipts: Pick<Receipts, 'raisedElsewhere'>;
  typing: Pick<Typing, 'start'>;
  presence: Pick<Presence, 'seenElsewhere' | 'leftElsewhere'>;
  /** Monotonic milliseconds. */
  now: () => number;
};

/** Tells other cores who types and who is there, and shows here what they say. Does nothing where there are none. */
export function relaySignals({ store: { signals }, receipts, typing, presence, now }: Deps) {
  const known = new Map<Id, { activity: Activity; until: number }>();
  signals?.onSignal((signal) => {
    if (signal.kind === 'mark') void receipts.raisedElsewhere(signal.mark).catch(() => {});
    // Someone who may not write there any more is not shown.
    else if (signal.kind === 'typing')
      void typing.start(signal.userId, signal.conversationId).catch(() => {});
    else if (signal.kind === 'polled') presence.seenElsewhere(signal.userId, signal.activity, signal.forMs);
    else if (signal.kind === 'left') {
      const { userId } = signal;
      const here = presence.leftElsewhere(userId);
      if (here) signals.send({ kind: 'polled', userId, ...here });
    }
  });
  return {
    typed(userId: Id, conversationId: Id): void {
      signals?.send({ kind: 'typing', userId, conversationId });
    },
    /** The person is not online any more by polls of this process. */
    left(userId: Id): void {
      known.delete(userId);
      signals?.send({ kind: 'left', userId });
    },
    /** A poll was answered, with the time until the next one; without it, a poll is held. */
    polled(userId: Id, activity: Activity, forMs: number = MAX_WAIT_MS): void {
      if (!signals || activity === 'hidden') return;
      const last = known.get(userId);
      const until = now() + forMs;
      const becameActive = activity === 'active' && last?.activity !== 'active';
      if (last && !becameActive && last.until - now() > RENEW_MS) return;
      known.delete(userId);
      known.set(userId, { activity, until });
      for (const [id, one] of known) {
        if (known.size <= MAX_KNOWN && one.until > now()) break;
        known.delete(id);
      }
      signals.send({ kind: 'polled', userId, activity, forMs });
    },
  };
}
