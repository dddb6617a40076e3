import type { Clock } from '../clock.ts';
import { isShown } from '../people/privacy.ts';
import type { Store } from '../storage/store.ts';
import type { EphemeralChanges } from '../sync/ephemeral.ts';
import type { Activity, Id, Presence as Status } from '../wire/wire.ts';
import { audienceOf, viewersOf } from './audience.ts';
import { NotifyThrottle } from './notify-throttle.ts';

const MINUTE_MS = 60_000;
/** The longest wait of a held poll. */
export const MAX_WAIT_MS = 25_000;
/** A person whose next poll is overdue by this goes offline: time for a request in flight and a bad connection. */
const GRACE_MS = 10_000;
/**
 * A person whose next poll is overdue by this no longer views the page. Shorter than the delay of a push (pushes.ts), so
 * that a message that arrives just as its recipient closes the page is pushed.
 */
export const VIEWING_GRACE_MS = 4000;
const SWEEP_MS = 2000;
/** Whoever left at one process stays so long, in case another one, which is asked by it, still has them. */
const ELSEWHERE_MS = 2000;
/** Interval at which people who stay online are stored as seen, in case the power fails. */
const STORE_SEEN_MS = 10 * MINUTE_MS;

/** Times are monotonic milliseconds, except `seenAt`. */
type Person = {
  /** Waiting polls of their visible pages, and of those the ones of pages in use. */
  waitingPolls: number;
  viewingPolls: number;
  onlineUntil: number;
  viewingUntil: number;
  /** The same by what other processes said, and whether they are online by a poll of this one. */
  onlineElsewhereUntil: number;
  viewingElsewhereUntil: number;
  isHere: boolean;
  /** Epoch milliseconds of the beginning or end of their last poll. */
  seenAt: number;
  isOnline: boolean;
  storedSeenAt: number;
  /** The changes in which they last came online or went offline, and last changed who may see it. */
  statusN: number;
  privacyN: number;
};

export type PresenceDeps = {
  store: Store;
  ephemeral: EphemeralChanges;
  /** Answers the waiting polls of these people. */
  wake: (users: Id[]) => void;
  clock: Clock;
  /** Called when a person is not online any more by polls of this process. */
  onLeft?: (userId: Id) => void;
  /** Monotonic milliseconds. */
  now?: () => number;
};

const toMinute = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;

/**
 * Who is online and who views the page, in memory, from the polls of each person's devices. A hidden page counts for
 * neither; an idle one (left open without user input) is online but not viewing. The last-seen time is given to the
 * store, which writes it with another commit.
 */
export class Presence {
  private readonly deps: Required<PresenceDeps>;
  private readonly people = new Map<Id, Person>();
  private readonly online = new Set<Id>();
  private readonly throttle: NotifyThrottle;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(deps: PresenceDeps) {
    this.deps = { now: () => performance.now(), onLeft: () => {}, ...deps };
    this.throttle = new NotifyThrottle(this.deps.wake);
  }

  /** A poll of this person waits. Call the result when it has ended, with the milliseconds until the next one. */
  pollWaits(userId: Id, activity: Activity): (pollAfterMs: number) => void {
    if (activity === 'hidden' || this.isClosed) return () => undefined;
    const person = this.personOf(userId);
    const viewing = activity === 'active' ? 1 : 0;
    person.waitingPolls += 1;
    person.viewingPolls += viewing;
    this.extendOnline(person, 0);
    person.isHere = true;
    this.setOnline(userId, person);
    let hasEnded = false;
    return (pollAfterMs) => {
      if (hasEnded || this.isClosed) return;
      hasEnded = true;
      person.waitingPolls -= 1;
      person.viewingPolls -= viewing;
      this.extendOnline(person, pollAfterMs);
      if (viewing) this.extendViewing(person, pollAfterMs);
    };
  }

  /** A poll of this person was answered without waiting; the next one is due in `pollAfterMs`. */
  pollAnswered(userId: Id, activity: Activity, pollAfterMs: number): void {
    if (activity === 'hidden' || this.isClosed) return;
    const person = this.personOf(userId);
    this.extendOnline(person, pollAfterMs);
    person.isHere = true;
    if (activity === 'active') this.extendViewing(person, pollAfterMs);
    this.setOnline(userId, person);
  }

  /** A poll of this person waits at another process, or the next one is due there, for `forMs`. */
  seenElsewhere(userId: Id, activity: Activity, forMs: number): void {
    if (activity === 'hidden' || this.isClosed) return;
    const person = this.personOf(userId);
    const until = this.deps.now() + forMs;
    person.seenAt = this.deps.clock();
    person.onlineElsewhereUntil = Math.max(person.onlineElsewhereUntil, until + GRACE_MS);
    if (activity === 'active')
      person.viewingElsewhereUntil = Math.max(person.viewingElsewhereUntil, until + VIEWING_GRACE_MS);
    this.setOnline(userId, person);
  }

  /** The person left at another process. @returns for how long they are here, and how; undefined: they are not */
  leftElsewhere(userId: Id): { activity: Activity; forMs: number } | undefined {
    const person = this.people.get(userId);
    if (!person) return undefined;
    const now = this.deps.now();
    person.onlineElsewhereUntil = Math.min(person.onlineElsewhereUntil, now + ELSEWHERE_MS);
    person.viewingElsewhereUntil = Math.min(person.viewingElsewhereUntil, now + ELSEWHERE_MS);
    if (!person.isHere) return undefined;
    const isViewing = person.viewingPolls > 0 || person.viewingUntil > now;
    const leftMs = Math.max(0, person.onlineUntil - GRACE_MS - now);
    return {
      activity: isViewing ? 'active' : 'idle',
      forMs: person.waitingPolls > 0 ? Math.max(leftMs, MAX_WAIT_MS) : leftMs,
    };
  }

  /** Whether the person uses the page on one of their devices, so that they see new messages without a push. */
  isViewing(userId: Id): boolean {
    const person = this.people.get(userId);
    if (!person) return false;
    return (
      person.viewingPolls > 0 || this.deps.now() < Math.max(person.viewingUntil, person.viewingElsewhereUntil)
    );
  }

  /** Whether others see the person as online. */
  isOnline(userId: Id): boolean {
    return this.people.get(userId)?.isOnline ?? false;
  }

  /** The person changed who may see their presence: it changes for everyone, in both directions. */
  privacyChanged(userId: Id): void {
    const person = this.personOf(userId);
    this.notify(audienceOf(this.deps.store, userId), (audience) => {
      person.privacyN = this.deps.ephemeral.record([userId, ...audience]);
      return [userId, ...audience];
    });
  }

  /**
   * The presence of others that changed for a viewer after change `sinceN`; with -1, of all whose presence they may see.
   * `newFriends` became friends since.
   */
  async since(viewerId: Id, sinceN: number, newFriends: ReadonlySet<Id>): Promise<Status[]> {
    const { store } = this.deps;
    const ownN = this.people.get(viewerId)?.privacyN ?? 0;
    const changed: Status[] = [];
    for (const id of await audienceOf(store, viewerId)) {
      const { statusN = 0, privacyN = 0 } = this.people.get(id) ?? {};
      const hasPrivacyChanged = Math.max(ownN, privacyN) > sinceN;
      if (sinceN >= 0 && !hasPrivacyChanged && statusN <= sinceN && !newFriends.has(id)) continue;
      if (await isShown(store, 'lastSeen', viewerId, id)) changed.push(this.statusOf(id));
      else if (sinceN >= 0 && hasPrivacyChanged) changed.push({ userId: id, online: false });
    }
    return changed;
  }

  /** Finds who went offline, and wakes the polls that the throttle delayed. Runs on a timer while it has work. */
  sweep(): void {
    const now = this.deps.now();
    for (const userId of this.online) {
      const person = this.people.get(userId);
      if (!person) continue;
      if (person.waitingPolls > 0) person.seenAt = this.deps.clock();
      const isHere = person.waitingPolls > 0 || person.onlineUntil > now;
      if (person.isHere && !isHere) this.deps.onLeft(userId);
      person.isHere = isHere;
      if (isHere || person.onlineElsewhereUntil > now) {
        if (now - person.storedSeenAt >= STORE_SEEN_MS) this.storeSeen(userId, person);
        continue;
      }
      person.isOnline = false;
      this.online.delete(userId);
      this.storeSeen(userId, person);
      this.announce(userId, person);
    }
    this.throttle.sweep(now);
    if (this.online.size > 0 || !this.throttle.isIdle) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** The service stops: whoever is online was seen now. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const userId of this.online) {
      const person = this.people.get(userId);
      if (!person) continue;
      if (person.waitingPolls > 0) person.seenAt = this.deps.clock();
      this.storeSeen(userId, person);
    }
  }

  private personOf(userId: Id): Person {
    const known = this.people.get(userId);
    if (known) return known;
    const person: Person = {
      waitingPolls: 0,
      viewingPolls: 0,
      onlineUntil: 0,
      viewingUntil: Number.NEGATIVE_INFINITY,
      onlineElsewhereUntil: 0,
      viewingElsewhereUntil: Number.NEGATIVE_INFINITY,
      isHere: false,
      seenAt: 0,
      isOnline: false,
      storedSeenAt: 0,
      statusN: 0,
      privacyN: 0,
    };
    this.people.set(userId, person);
    return person;
  }

  private extendOnline(person: Person, pollAfterMs: number): void {
    person.seenAt = this.deps.clock();
    person.onlineUntil = Math.max(person.onlineUntil, this.deps.now() + pollAfterMs + GRACE_MS);
  }

  private extendViewing(person: Person, pollAfterMs: number): void {
    person.viewingUntil = Math.max(person.viewingUntil, this.deps.now() + pollAfterMs + VIEWING_GRACE_MS);
  }

  private setOnline(userId: Id, person: Person): void {
    if (person.isOnline) return;
    person.isOnline = true;
    this.online.add(userId);
    this.storeSeen(userId, person);
    this.startTimer();
    this.announce(userId, person);
  }

  private statusOf(userId: Id): Status {
    if (this.people.get(userId)?.isOnline) return { userId, online: true };
    const { store } = this.deps;
    const lastSeenAt = store.lastSeen(userId);
    return {
      userId,
      online: false,
      ...(lastSeenAt !== undefined && { lastSeenAt: toMinute(store.time.toWall(lastSeenAt)) }),
    };
  }

  private storeSeen(userId: Id, person: Person): void {
    person.storedSeenAt = this.deps.now();
    this.deps.store.recordSeen({ userId, at: toMinute(person.seenAt) });
  }

  /** Records that a person came online or went offline, for those who may see it. */
  private announce(userId: Id, person: Person): void {
    this.notify(viewersOf(this.deps.store, userId), (viewers) => {
      if (viewers.length > 0) person.statusN = this.deps.ephemeral.record(viewers);
      return viewers;
    });
  }

  private notify<T>(people: Promise<T>, record: (people: T) => Id[]): void {
    // If the store cannot read who they are, no one is notified: the next change of status includes this one.
    people.then(record).then(
      (viewers) => this.wake(viewers),
      () => {},
    );
  }

  private wake(users: Id[]): void {
    if (this.isClosed) return;
    this.throttle.wake(users, this.deps.now());
    this.startTimer();
  }

  private startTimer(): void {
    this.timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
  }
}
