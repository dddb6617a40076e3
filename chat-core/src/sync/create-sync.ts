import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import type { Groups } from '../groups/group-info.ts';
import type { Load } from '../http/load-shedding/process-load.ts';
import type { PageBudgetOf, ReadSlots } from '../http/load-shedding/read-slots.ts';
import { privacyOf } from '../people/privacy.ts';
import type { Profiles } from '../people/public-profile.ts';
import { Presence } from '../presence/presence.ts';
import { Typing } from '../presence/typing.ts';
import type { Store } from '../storage/store.ts';
import type { Activity, Id, Privacy } from '../wire/wire.ts';
import type { DeltaDeps } from './delta.ts';
import { EphemeralChanges } from './ephemeral.ts';
import { LongPolls } from './long-polls.ts';
import { pollInterval } from './poll-interval.ts';
import { Receipts } from './receipts.ts';
import { relaySignals } from './signal-relay.ts';

/** What polls need besides the stored rows: ephemeral changes, the polls that wait, and their intervals. */
export type Sync = DeltaDeps & {
  longPolls: LongPolls;
  relay: ReturnType<typeof relaySignals>;
  /** Milliseconds until a client's next poll; `wasHeld`: the one that is answered was a long poll. */
  pollIntervalMs(userId: Id, activity: Activity, wasHeld: boolean): number;
  /** A person changed who may see their presence or their receipts. */
  privacyChanged(userId: Id, before: Privacy, after: Privacy): void;
  /** A person blocked or unblocked someone. */
  blockingChanged(userId: Id): void;
  /** Answers the waiting polls and lets no more wait. */
  close(): void;
};
export type SyncDeps = {
  store: Store;
  cipher: Cipher;
  profiles: Profiles;
  groups: Groups;
  load: Load;
  /** Counts that a person loads their whole state. @throws ApiError TOO_MANY_REQUESTS */
  countLoad(userId: Id): void;
  readSlots: ReadSlots;
  pageBudgetOf: PageBudgetOf;
  /** Polls that may wait at once. */
  maxHeldPolls: number;
  clock: Clock;
  /** Monotonic milliseconds, for tests. */
  stopwatch?: (() => number) | undefined;
};

export function createSync(deps: SyncDeps): Sync {
  const { store, cipher, profiles, groups, load, clock, stopwatch: now = () => performance.now() } = deps;
  const ephemeral = new EphemeralChanges();
  const longPolls = new LongPolls(deps.maxHeldPolls);
  const receipts = new Receipts(store, ephemeral);
  const typing = new Typing(store, ephemeral, now);
  const presence = new Presence({
    store,
    ephemeral,
    wake: (users) => longPolls.wake(users),
    onLeft: (userId) => relay.left(userId),
    clock,
    now,
  });
  const changedAt = new Map<Id, number>();
  const notify = (users: Iterable<Id>) => {
    for (const user of users) changedAt.set(user, performance.now());
    longPolls.wake(users);
  };
  const privacyChanged = (userId: Id, before: Privacy, after: Privacy) => {
    if (before.lastSeen !== after.lastSeen) presence.privacyChanged(userId);
    if (before.readReceipts !== after.readReceipts) void receipts.privacyChanged(userId);
  };
  store.onCommit(({ users, messages, accountsElsewhere }) => {
    for (const { conversationId, senderId } of messages) typing.end(conversationId, senderId);
    notify(users);
    for (const { before, after } of accountsElsewhere) {
      privacyChanged(after.id, privacyOf(before), privacyOf(after));
      if (String(before.blocked ?? []) !== String(after.blocked ?? [])) receipts.blockingChanged(after.id);
    }
  });
  ephemeral.onChange(notify);
  store.freshness?.onStale(() => longPolls.releaseAll());
  const relay = relaySignals({ store, receipts, typing, presence, now });
  return {
    store,
    relay,
    cipher,
    profiles,
    groups,
    ephemeral,
    receipts,
    typing,
    presence,
    longPolls,
    countLoad: (userId) => deps.countLoad(userId),
    readSlots: deps.readSlots,
    pageBudgetOf: deps.pageBudgetOf,
    privacyChanged,
    blockingChanged: (userId) => receipts.blockingChanged(userId),
    close: () => {
      longPolls.close();
      presence.close();
    },
    pollIntervalMs: (userId, activity, wasHeld) => {
      const changedMs = performance.now() - (changedAt.get(userId) ?? Number.NEGATIVE_INFINITY);
      return pollInterval({ activity, changedMs, wasHeld, load: load() });
    },
  };
}
