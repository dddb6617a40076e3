import type { Log } from '../log.ts';
import type { AuditTrail } from './audit-trail.ts';
import { EVENTS, type EventDetails, type EventName } from './events.ts';

const WINDOW_MS = 60_000;
/** Lines that one person or network may have of an event's minute: a flood of theirs does not hide the events of others. */
const SHARE = 0.25;
/** Lines of an event of people in the audit trail, by the hour: a flood must not push all others out of it. */
const TRAIL_PER_HOUR = 60;
/** The same for one command of the owners: a stolen session cannot hide another command, or fill the trail at once. */
const COMMANDS_PER_HOUR = 160;
const HOUR_MS = 3_600_000;
const MAX_FIELD = 200;
/** Successes are logged at `info`, everything else at `warn`. */
const SUCCESSES: ReadonlySet<EventName> = new Set<EventName>([
  'login',
  'account-created',
  'token-refreshed',
  'logged-out',
  'device-ended',
  'password-changed',
  'password-reset',
  'second-factor-changed',
  'reauthenticated',
  'invite-created',
  'invite-accepted',
  'invite-revoked',
  'push-service-answers',
  'owner-command',
  'operator-command',
  'started',
  'stopped',
]);

/** Lines of one event in its window, by whom they come from, and how many had no room. */
type Window = {
  event: EventName;
  command: string | undefined;
  lines: number;
  bySource: Map<string, number>;
  suppressed: number;
  endsAt: number;
};
/** By event, and in the trail also by the command of an owner. */
type Windows = Map<string, Window>;

/** Records security events: counted, logged within a budget, and those that concern the owner in the audit trail. */
export type SecurityLog = {
  record(event: EventName, details?: EventDetails): void;
  /** How often each event has occurred since the start; those that have not are left out. */
  counts(): Partial<Record<EventName, number>>;
  /** Logs what the budgets of the running minutes have suppressed. */
  close(): void;
};

/**
 * A log of security events on `log` and `trail`. Each event has a budget of lines a minute, of which one account or network
 * has a quarter; what is above is counted, and one line at the end of the minute says how many there were.
 */
export function createSecurityLog(
  log: Log,
  trail: Pick<AuditTrail, 'append'> | undefined,
  now: () => number = () => performance.now(),
): SecurityLog {
  const counts = new Map<EventName, number>();
  const windows: Windows = new Map();
  const trailWindows: Windows = new Map();

  const write = (event: EventName, details: EventDetails & { suppressed?: number }) => {
    const level = SUCCESSES.has(event) ? 'info' : 'warn';
    log[level]({ event, ...details }, EVENTS[event].says);
  };
  const appendToTrail = (event: EventName, details: EventDetails) => {
    const { kind } = EVENTS[event];
    if (!trail || kind === 'log') return;
    if (kind !== 'operator') {
      const window = openWindow(
        trailWindows,
        event,
        HOUR_MS,
        kind === 'owners' ? details.command : undefined,
      );
      const max = kind === 'owners' ? COMMANDS_PER_HOUR : TRAIL_PER_HOUR;
      if (!takeLine(window, sourceOf(details), max)) return;
    }
    trail.append(kind, event, details);
  };
  const openWindow = (all: Windows, event: EventName, ms: number, command?: string): Window => {
    const key = command === undefined ? event : `${event} ${command}`;
    const known = all.get(key);
    if (known && now() < known.endsAt) return known;
    if (known) flush(all, key, known);
    const fresh = { event, command, lines: 0, bySource: new Map(), suppressed: 0, endsAt: now() + ms };
    all.set(key, fresh);
    return fresh;
  };
  const flush = (all: Windows, key: string, { event, command, suppressed }: Window) => {
    all.delete(key);
    if (suppressed === 0) return;
    const { kind } = EVENTS[event];
    const details = { suppressed, ...(command !== undefined && { command }) };
    if (all === windows) write(event, details);
    else if (kind !== 'log') trail?.append(kind, event, details);
  };
  const flushEnded = () => {
    for (const all of [windows, trailWindows]) {
      for (const [key, window] of all) if (now() >= window.endsAt) flush(all, key, window);
    }
  };
  const timer = setInterval(flushEnded, WINDOW_MS).unref();

  return {
    record: (event, input = {}) => {
      const details = shorten(input);
      counts.set(event, (counts.get(event) ?? 0) + 1);
      const { perMinute } = EVENTS[event];
      if (takeLine(openWindow(windows, event, WINDOW_MS), sourceOf(details), perMinute))
        write(event, details);
      appendToTrail(event, details);
    },
    counts: () => Object.fromEntries(counts),
    close: () => {
      clearInterval(timer);
      for (const all of [windows, trailWindows]) for (const [key, window] of all) flush(all, key, window);
    },
  };
}

/** Fields come from tables of this program, ids and addresses; if one is long all the same, it is cut. */
function shorten(details: EventDetails): EventDetails {
  const cut = Object.entries(details).map(([name, value]) => [name, value?.slice(0, MAX_FIELD)]);
  return Object.fromEntries(cut) as EventDetails;
}

const sourceOf = ({ who, from, host, command }: EventDetails) => who ?? from ?? host ?? command ?? '';

/** Takes a line of a window for a source; false when the window or the source has none left. */
function takeLine(window: Window, source: string, max: number): boolean {
  const ofSource = window.bySource.get(source) ?? 0;
  if (window.lines >= max || ofSource >= Math.max(1, max * SHARE)) {
    window.suppressed += 1;
    return false;
  }
  window.lines += 1;
  window.bySource.set(source, ofSource + 1);
  return true;
}
