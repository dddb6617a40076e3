import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import type { Load } from '../http/load-shedding/process-load.ts';
import type { People } from '../people/people.ts';
import { Presence } from '../presence/presence.ts';
import { Typing } from '../presence/typing.ts';
import type { Store } from '../storage/store.ts';
import type { Activity, Id, Privacy } from '../wire/wire.ts';
import type { DeltaDeps } from './delta.ts';
import { Live } from './ephemeral.ts';
import { Held } from './long-polls.ts';
import { pollAfter } from './poll-interval.ts';
import { Marks } from './receipts.ts';

/** What polls need besides the rows: what changes in RAM, who waits, and when each person last had news. */
export type Sync = DeltaDeps & {
  held: Held;
  /** Milliseconds until a client is to poll again. */
  pace(userId: Id, activity: Activity, held: boolean): number;
  /** Somebody changed what they let others know. */
  switched(userId: Id, before: Privacy, after: Privacy): void;
  /** Answers the polls that wait, and lets no more wait. */
  end(): void;
};
export type SyncParts = {
  store: Store;
  cipher: Cipher;
  people: People;
  pressure: Load;
  /** Polls that wait at once. */
  mostHeld: number;
  clock: Clock;
  /** Milliseconds that only ever go on; tests have their own. */
  stopwatch?: (() => number) | undefined;
};

export function openSync(parts: SyncParts): Sync {
  const { store, cipher, people, pressure, clock, stopwatch: now = () => performance.now() } = parts;
  const live = new Live();
  const held = new Held(parts.mostHeld);
  const marks = new Marks(store, live);
  const typing = new Typing(store, live, now);
  const presence = new Presence({ store, live, wake: (users) => held.wake(users), clock, now });
  const changedAt = new Map<Id, number>();
  const tell = (users: Iterable<Id>) => {
    for (const user of users) changedAt.set(user, performance.now());
    held.wake(users);
  };
  store.onCommit(({ users, messages }) => {
    for (const { conversationId, senderId } of messages) typing.end(conversationId, senderId);
    tell(users);
  });
  live.onChange(tell);
  return {
    store,
    cipher,
    people,
    live,
    marks,
    typing,
    presence,
    held,
    switched: (userId, before, after) => {
      if (before.lastSeen !== after.lastSeen) presence.switched(userId);
      if (before.readReceipts !== after.readReceipts) void marks.switched(userId);
    },
    end: () => {
      held.close();
      presence.close();
    },
    pace: (userId, activity, wasHeld) => {
      const changedMs = performance.now() - (changedAt.get(userId) ?? Number.NEGATIVE_INFINITY);
      return pollAfter({ activity, changedMs, held: wasHeld, pressure: pressure() });
    },
  };
}
