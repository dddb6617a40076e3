import type { Id } from '../wire/wire.ts';

/** Each running attempt costs a few milliseconds of sealing and a connection. */
const MAX_RUNNING = 8;
/** Of these, for one account, and for one host. */
const MAX_OF_ACCOUNT = 2;
const MAX_OF_HOST = 6;
/** Of these, for all hosts that answer but are no known push services, and for all that did not answer last. */
const MAX_OTHERS = 4;
const MAX_UNANSWERED = 2;
/** Failures in a row after which a host that has answered before rests. One that never has rests after its first. */
const MAX_FAILURES = 3;
/** How long a host that does not answer rests before one attempt tries it again: longer each time, up to the last. */
const RESTS_MS = [10_000, 60_000, 300_000];
/** The index of the longest rest of a host that has answered before. */
const LONGEST_OF_KNOWN = 1;
/** The average pace of one account's attempts, and how many of them may come together. */
const ACCOUNT_INTERVAL_MS = 500;
const ACCOUNT_BURST = 20;
/** Hosts and accounts that are remembered; beyond, the least recently used. */
const MAX_REMEMBERED = 2000;

type Kind = 'known' | 'others' | 'unanswered';
type Host = {
  running: number;
  hasAnswered: boolean;
  /** Failures since the last answer, and rests since then. */
  failures: number;
  rests: number;
  restedAt: number;
  restsUntil: number;
};
/** `paidUntil`: the time by which the attempts of the account have reached their average pace (GCRA, ITU-T I.371). */
type Account = { running: number; paidUntil: number };

type Deps = {
  /** Whether a host is a push service that many people use, or that the operator has named. */
  isKnown: (host: string) => boolean;
  /** Called when a host begins to rest, and when it answers again. */
  onHostChange?: (host: string, isAnswering: boolean) => void;
  now?: () => number;
};

/**
 * Which push may be sent now: every account and every host has its share of the running attempts, and one that no one knows
 * cannot take those of the known push services by not answering. A host that does not answer rests, and is then tried by
 * one attempt at a time; an answer of any status ends that. In memory and bounded.
 */
export class PushSlots {
  private readonly deps: Deps;
  private readonly now: () => number;
  private readonly hosts = new Map<string, Host>();
  private readonly accounts = new Map<Id, Account>();
  private readonly running = { known: 0, others: 0, unanswered: 0 };

  constructor(deps: Deps) {
    this.deps = deps;
    this.now = deps.now ?? (() => performance.now());
  }

  /** 0 when an attempt may start; else the milliseconds until one may; Infinity while it waits for the end of another. */
  waitMs(account: Id, host: string): number {
    const { running } = this;
    if (running.known + running.others + running.unanswered >= MAX_RUNNING) return Number.POSITIVE_INFINITY;
    const now = this.now();
    const ofAccount = this.accounts.get(account);
    if (ofAccount && ofAccount.running >= MAX_OF_ACCOUNT) return Number.POSITIVE_INFINITY;
    const ofHost = this.hosts.get(host);
    const kind = this.kindOf(host);
    const max = kind === 'unanswered' ? 1 : MAX_OF_HOST;
    if (ofHost && ofHost.running >= max) return Number.POSITIVE_INFINITY;
    if (kind === 'unanswered' && running.unanswered >= MAX_UNANSWERED) return Number.POSITIVE_INFINITY;
    if (kind !== 'known' && running.others + running.unanswered >= MAX_OTHERS)
      return Number.POSITIVE_INFINITY;
    return Math.max(this.paceMs(account), (ofHost?.restsUntil ?? now) - now);
  }

  /** The milliseconds until the account's own pace allows an attempt, whatever its host. */
  paceMs(account: Id): number {
    const now = this.now();
    const paidUntil = this.accounts.get(account)?.paidUntil ?? now;
    return Math.max(0, paidUntil - now - ACCOUNT_INTERVAL_MS * (ACCOUNT_BURST - 1));
  }

  /** Whether a host did not answer last, or never has. */
  isUnanswered(host: string): boolean {
    return this.kindOf(host) === 'unanswered';
  }

  /** Counts an attempt as running. @returns what ends it: whether the host answered; undefined when it was not asked */
  start(account: Id, host: string): (hasAnswered: boolean | undefined) => void {
    const startedAt = this.now();
    const kind = this.kindOf(host);
    const ofAccount = touch(this.accounts, account, { running: 0, paidUntil: startedAt });
    const ofHost = touch(this.hosts, host, newHost());
    this.running[kind] += 1;
    ofAccount.running += 1;
    ofAccount.paidUntil = Math.max(startedAt, ofAccount.paidUntil) + ACCOUNT_INTERVAL_MS;
    ofHost.running += 1;
    return (hasAnswered) => {
      this.running[kind] -= 1;
      ofAccount.running -= 1;
      ofHost.running -= 1;
      if (hasAnswered) this.recordAnswer(host, ofHost);
      else if (hasAnswered === false) this.recordFailure(host, ofHost, startedAt);
    };
  }

  private kindOf(host: string): Kind {
    const state = this.hosts.get(host);
    if (state && state.rests > 0) return 'unanswered';
    if (this.deps.isKnown(host)) return 'known';
    return state?.hasAnswered ? 'others' : 'unanswered';
  }

  private recordAnswer(host: string, state: Host): void {
    const didRest = state.rests > 0;
    Object.assign(state, { hasAnswered: true, failures: 0, rests: 0, restsUntil: 0 });
    if (didRest) this.deps.onHostChange?.(host, true);
  }

  private recordFailure(host: string, state: Host, startedAt: number): void {
    // Attempts that ran at once fail at once: together they are one failure of a host that rests already.
    if (startedAt <= state.restedAt) return;
    state.failures += 1;
    const isKnown = state.hasAnswered || this.deps.isKnown(host);
    if (isKnown && state.rests === 0 && state.failures < MAX_FAILURES) return;
    const longest = isKnown ? LONGEST_OF_KNOWN : RESTS_MS.length - 1;
    const now = this.now();
    state.restedAt = now;
    state.restsUntil = now + (RESTS_MS[Math.min(state.rests, longest)] ?? 0);
    state.rests += 1;
    if (state.rests === 1) this.deps.onHostChange?.(host, false);
  }
}

const newHost = (): Host => ({
  running: 0,
  hasAnswered: false,
  failures: 0,
  rests: 0,
  restedAt: Number.NEGATIVE_INFINITY,
  restsUntil: Number.NEGATIVE_INFINITY,
});

/** The value of a key, which becomes the most recently used; beyond the limit the oldest without attempts is forgotten. */
function touch<T extends { running: number }>(map: Map<string, T>, key: string, initial: T): T {
  const value = map.get(key) ?? initial;
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_REMEMBERED) {
    for (const [oldest, { running }] of map) {
      if (running > 0) continue;
      map.delete(oldest);
      break;
    }
  }
  return value;
}
