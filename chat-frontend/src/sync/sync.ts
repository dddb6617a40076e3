import type { Activity, Delta } from '../../../chat-core/src/wire/wire.ts';
import type { SyncAnswer, SyncAsk } from '../api/api.ts';
import { type ApiError, backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Cancel, Clock } from '../clock.ts';
import { type ConnectionStatus, connectionOf } from '../state/connection-status.ts';

/** The banner appears when polls have failed for this long (features §4.2). */
const TIMEOUT_MS = 5_000;
/** Seconds the leading tab asks the box to hold a poll (design §3), and what the way there and back may take besides. */
const HOLD_S = 25;
const ANSWER_MS = 15_000;

/** Why a poll is given up: another is wanted in its place, or none. */
const ABANDONED = 'abandoned';

export type SyncDeps = {
  poll: (ask: SyncAsk) => Promise<SyncAnswer>;
  clock: Clock;
  activity: () => Activity;
  online: () => boolean;
  /** `from` is the cursor the poll was asked with. */
  onDelta: (delta: Delta, from: string | null) => void;
  /** The box has answered that nothing changed. */
  onNothing: () => void;
  onLink: (link: ConnectionStatus) => void;
  random?: () => number;
};
/**
 * The one poll loop, at the pace the box asks for. It goes on while it leads, and asks to be held while somebody may
 * look; `now()` polls once in any case. The cursor moves only after its delta was applied, so a delta is never skipped.
 */
export function createSync(deps: SyncDeps) {
  const { clock } = deps;
  let cursor: string | null = null;
  let leading = false;
  let stopped = false;
  let resting = false;
  let failures = 0;
  let again = false;
  let flight: Promise<void> | null = null;
  let call = new AbortController();
  let asked: Activity = 'active';
  let timer: Cancel | undefined;
  let patience: Cancel | undefined;
  let trouble: ConnectionStatus = 'ok';
  /** Whether the box may have said something that this tab lacks and no other tab will pass on. */
  let behind = false;
  /** Whether the poll under way asks for that. */
  let catchingUp = false;
  /** Goes on from what was kept: until the box has answered nobody knows how old that is. */
  let resumes = false;

  async function turn(): Promise<void> {
    try {
      do {
        again = false;
        await once();
      } while (again && !stopped);
    } finally {
      flight = null;
    }
  }

  async function once(): Promise<void> {
    timer?.();
    const from = cursor;
    catchingUp = behind;
    behind = false;
    asked = deps.activity();
    // After a failure the answer itself is the news, and a held poll would keep it back.
    const wait = leading && asked !== 'hidden' && failures === 0 && !resumes ? HOLD_S : 0;
    call = new AbortController();
    const { signal } = call;
    const giveUp = () => call.abort(new DOMException('no answer', 'TimeoutError'));
    const late = clock.after(wait * 1_000 + ANSWER_MS, giveUp);
    try {
      const { delta, pollAfterMs } = await deps.poll({ cursor: from, activity: asked, wait, signal });
      if (stopped) return;
      succeeded();
      behind ||= delta?.more === true;
      catchingUp = false;
      if (delta) {
        deps.onDelta(delta, from);
        cursor = delta.cursor;
        if (delta.more) again = true;
      } else deps.onNothing();
      if (leading) schedule(resumes ? 0 : pollAfterMs);
      resumes = false;
    } catch (thrown) {
      behind ||= catchingUp;
      catchingUp = false;
      if (stopped || signal.reason === ABANDONED) return;
      const failure = toApiError(thrown);
      failures += 1;
      failed(failure);
      // The same poll would be refused again: only one without a cursor can succeed.
      if (!isRetryable(failure.code)) cursor = null;
      schedule(backoff(failures, failure.retryAfter, deps.random));
    } finally {
      late();
    }
  }

  function schedule(ms: number): void {
    timer?.();
    timer = clock.after(ms, () => void now());
  }

  function succeeded(): void {
    failures = 0;
    patience?.();
    patience = undefined;
    trouble = 'ok';
    deps.onLink('ok');
  }

  function failed(failure: ApiError): void {
    const told = trouble !== 'ok' && !patience;
    trouble = connectionOf(failure, deps.online());
    if (told) deps.onLink(trouble);
    else
      patience ??= clock.after(TIMEOUT_MS, () => {
        patience = undefined;
        deps.onLink(trouble);
      });
  }

  /** Polls at once, or joins the poll under way unless it was asked by somebody less, or more, present. */
  function now(): Promise<void> {
    if (resting) return Promise.resolve();
    if (flight && (call.signal.aborted || asked !== deps.activity())) return fresh();
    if (stopped) return Promise.resolve();
    flight ??= turn();
    return flight;
  }

  /** Abandons the poll under way, which may be held or may have looked too early; resolves when its successor has ended. */
  function fresh(): Promise<void> {
    if (resting) return Promise.resolve();
    again = flight !== null;
    call.abort(ABANDONED);
    if (stopped) return Promise.resolve();
    flight ??= turn();
    return flight;
  }

  /**
   * Does what ends this page's token, with no poll under way meanwhile: refused before the answer to that comes, a poll
   * would tell of a session that somebody else has ended.
   */
  async function quietly(work: () => Promise<void>): Promise<void> {
    resting = true;
    again = false;
    timer?.();
    call.abort(ABANDONED);
    try {
      await work();
    } finally {
      resting = false;
      if (leading && !stopped) void now();
    }
  }

  return {
    now,
    fresh,
    quietly,
    cursor: () => cursor,
    /** Goes on from where what is kept ends. The first poll is not held: its answer says that nothing is missing. */
    resume(from: string): void {
      cursor = from;
      resumes = true;
    },
    /** Another tab polled from where this one stands, and passed on what it got. */
    moveTo(next: string): void {
      cursor = next;
    },
    /** Another tab passed on a delta that was not applied here. */
    missed(): void {
      behind = true;
    },
    /** After another tab took the lead: polls once more, not held, where that tab may have what this one never got. */
    catchUp(): void {
      if (behind || catchingUp) void fresh();
    },
    lead(value: boolean): void {
      leading = value;
      behind ||= value;
      timer?.();
      if (leading) void now();
      else call.abort(ABANDONED);
    },
    stop(): void {
      stopped = true;
      timer?.();
      patience?.();
      call.abort(ABANDONED);
    },
  };
}
