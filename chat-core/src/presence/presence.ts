import type { Clock } from '../clock.ts';
import { isShown } from '../people/privacy.ts';
import type { Store } from '../storage/store.ts';
import type { Live } from '../sync/ephemeral.ts';
import type { Activity, Id, Presence as Told } from '../wire/wire.ts';
import { Waking } from './notify-throttle.ts';
import { relativesOf, viewersOf } from './presence-audience.ts';

const MINUTE_MS = 60_000;
/** Who was to poll and has not for so long is not there: a request under way, and a bad link. */
const GRACE_MS = 10_000;
/** How often those who left are noticed. */
const SWEEP_MS = 2000;
/** Who stays is written down as seen so often, for a box whose power goes. */
const NOTED_EVERY_MS = 10 * MINUTE_MS;

type Person = {
  /** Polls of theirs that are held. */
  held: number;
  /** Until when their next poll is waited for. */
  until: number;
  /** Epoch milliseconds of their last poll's beginning or end. */
  at: number;
  isOnline: boolean;
  notedAt: number;
  /** The change in which they last came or went, and the one in which they last hid or showed themselves. */
  n: number;
  switchedN: number;
};

export type PresenceParts = {
  store: Store;
  live: Live;
  /** Answers held polls of these people. */
  wake: (users: Id[]) => void;
  /** The time line of the box. */
  clock: Clock;
  /** Milliseconds that only ever go on. */
  now?: () => number;
};

const minuteOf = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;

/** Who is there, in RAM. When somebody left is given to the store, which writes it with something else. */
export class Presence {
  private readonly parts: Required<PresenceParts>;
  private readonly people = new Map<Id, Person>();
  private readonly online = new Set<Id>();
  private readonly waking: Waking;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(parts: PresenceParts) {
    this.parts = { now: () => performance.now(), ...parts };
    this.waking = new Waking(this.parts.wake);
  }

  /** Somebody's poll is held; who only has the page open somewhere behind is not there. */
  arrive(userId: Id, activity: Activity): void {
    if (activity === 'hidden' || this.isClosed) return;
    const person = this.noted(userId);
    person.held += 1;
    this.stay(person, 0);
    this.come(userId, person);
  }

  /** Their held poll is answered, or given up; `pollAfterMs` is when the next one comes. */
  leave(userId: Id, activity: Activity, pollAfterMs: number): void {
    const person = this.people.get(userId);
    if (activity === 'hidden' || this.isClosed || !person) return;
    person.held -= 1;
    this.stay(person, pollAfterMs);
  }

  /** Their poll is answered where it came. */
  pass(userId: Id, activity: Activity, pollAfterMs: number): void {
    if (activity === 'hidden' || this.isClosed) return;
    const person = this.noted(userId);
    this.stay(person, pollAfterMs);
    this.come(userId, person);
  }

  /** Somebody changed who may see this of them: all of it is told anew, both ways. */
  switched(userId: Id): void {
    const person = this.noted(userId);
    this.tell(relativesOf(this.parts.store, userId), (people) => {
      person.switchedN = this.parts.live.count([userId, ...people]);
      return [userId, ...people];
    });
  }

  /**
   * Whose presence changed for somebody after a change; with -1, everybody's that they may see. `fresh` are people who
   * became friends since.
   */
  async since(viewerId: Id, n: number, fresh: ReadonlySet<Id>): Promise<Told[]> {
    const { store } = this.parts;
    const ownN = this.people.get(viewerId)?.switchedN ?? 0;
    const told: Told[] = [];
    for (const id of await relativesOf(store, viewerId)) {
      const { n: cameN = 0, switchedN = 0 } = this.people.get(id) ?? {};
      const isSwitched = Math.max(ownN, switchedN) > n;
      if (n >= 0 && !isSwitched && cameN <= n && !fresh.has(id)) continue;
      if (await isShown(store, 'lastSeen', viewerId, id)) told.push(this.of(id));
      else if (n >= 0 && isSwitched) told.push({ userId: id, online: false });
    }
    return told;
  }

  /** Notices who has left, and answers held polls that have waited long enough for it. */
  sweep(): void {
    const now = this.parts.now();
    for (const userId of this.online) {
      const person = this.people.get(userId);
      if (!person) continue;
      if (person.held > 0) person.at = this.parts.clock();
      if (person.held > 0 || person.until > now) {
        if (now - person.notedAt >= NOTED_EVERY_MS) this.note(userId, person);
        continue;
      }
      person.isOnline = false;
      this.online.delete(userId);
      this.note(userId, person);
      this.announce(userId, person);
    }
    this.waking.sweep(now);
    if (this.online.size > 0 || !this.waking.isIdle) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** The box stops: whoever is there was there until now. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const userId of this.online) {
      const person = this.people.get(userId);
      if (!person) continue;
      if (person.held > 0) person.at = this.parts.clock();
      this.note(userId, person);
    }
  }

  private come(userId: Id, person: Person): void {
    if (person.isOnline) return;
    person.isOnline = true;
    this.online.add(userId);
    this.note(userId, person);
    this.timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    this.announce(userId, person);
  }

  private of(userId: Id): Told {
    if (this.people.get(userId)?.isOnline) return { userId, online: true };
    const lastSeenAt = this.parts.store.lastSeen(userId);
    return {
      userId,
      online: false,
      ...(lastSeenAt !== undefined && { lastSeenAt: minuteOf(this.parts.store.time.toWall(lastSeenAt)) }),
    };
  }

  private noted(userId: Id): Person {
    const known = this.people.get(userId);
    if (known) return known;
    const person = { held: 0, until: 0, at: 0, isOnline: false, notedAt: 0, n: 0, switchedN: 0 };
    this.people.set(userId, person);
    return person;
  }

  private stay(person: Person, ms: number): void {
    person.at = this.parts.clock();
    person.until = Math.max(person.until, this.parts.now() + ms + GRACE_MS);
  }

  private note(userId: Id, person: Person): void {
    person.notedAt = this.parts.now();
    this.parts.store.recordSeen({ userId, at: minuteOf(person.at) });
  }

  /** Counts a coming or going for those who may see it. */
  private announce(userId: Id, person: Person): void {
    this.tell(viewersOf(this.parts.store, userId), (viewers) => {
      if (viewers.length > 0) person.n = this.parts.live.count(viewers);
      return viewers;
    });
  }

  private tell<T>(people: Promise<T>, count: (people: T) => Id[]): void {
    // Where the store cannot say who they are nobody is told: the next coming or going tells of this one too.
    people.then(count).then(
      (viewers) => this.wakeSome(viewers),
      () => {},
    );
  }

  private wakeSome(users: Id[]): void {
    if (this.isClosed) return;
    this.waking.wake(users, this.parts.now());
    this.timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
  }
}
