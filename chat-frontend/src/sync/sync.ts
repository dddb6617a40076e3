import type { Activity, Delta } from '../../../chat-core/src/wire/wire.ts';
import type { SyncAnswer, SyncRequest } from '../api/api.ts';
import { type ApiError, backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Cancel, Clock } from '../clock.ts';
import { type ConnectionStatus, connectionOf } from '../state/connection-status.ts';

/** The banner appears when polls have failed for this long (features §4.2). */
const BANNER_AFTER_MS = 5_000;
/** Seconds the leading tab asks the server to hold a poll (design §3), and the milliseconds an answer may take besides. */
const HOLD_S = 25;
const ANSWER_TIMEOUT_MS = 15_000;

/** The abort reason of a poll that is replaced or no longer needed: no failure. */
const ABANDONED = 'abandoned';

/** The cursor of the applied state, null before the first delta. */
export type Position = { cursor: string | null };

export type SyncDeps = {
  poll: (ask: SyncRequest) => Promise<SyncAnswer>;
  clock: Clock;
  position: Position;
  activity: () => Activity;
  online: () => boolean;
  /** `from` is the cursor of the poll. */
  onDelta: (delta: Delta, from: string | null) => void;
  /** The server has answered that nothing changed. */
  onUnchanged: () => void;
  onStatus: (status: ConnectionStatus) => void;
  random?: () => number;
};
/**
 * The one poll loop, at the interval the server asks for. It runs while this tab leads, with held polls while the page is
 * visible; `poll()` polls once in any case. The cursor moves only after its delta was applied, so no delta is skipped.
 */
export function createSync(deps: SyncDeps) {
  const { clock, position } = deps;
  let isLeader = false;
  let isClosed = false;
  let isPaused = false;
  let failures = 0;
  let isPollWanted = false;
  let running: Promise<void> | null = null;
  let request = new AbortController();
  let polledAs: Activity = 'active';
  let timer: Cancel | undefined;
  let bannerTimer: Cancel | undefined;
  let status: ConnectionStatus = 'ok';
  /** Whether this tab may lack something that no other tab will pass on. */
  let isBehind = false;
  /** Whether the running poll asks for that. */
  let isCatchingUp = false;
  /** The state came from storage and may be old: the next poll is not held. */
  let isResuming = false;

  async function run(): Promise<void> {
    try {
      do {
        isPollWanted = false;
        await pollOnce();
      } while (isPollWanted && !isClosed);
    } finally {
      running = null;
    }
  }

  async function pollOnce(): Promise<void> {
    timer?.();
    const from = position.cursor;
    isCatchingUp = isBehind;
    isBehind = false;
    polledAs = deps.activity();
    // After a failure any answer clears the banner; a held poll would delay it.
    const wait = isLeader && polledAs !== 'hidden' && failures === 0 && !isResuming ? HOLD_S : 0;
    request = new AbortController();
    const { signal } = request;
    const timeOut = () => request.abort(new DOMException('no answer', 'TimeoutError'));
    const cancelDeadline = clock.after(wait * 1_000 + ANSWER_TIMEOUT_MS, timeOut);
    try {
      const { delta, pollAfterMs } = await deps.poll({ cursor: from, activity: polledAs, wait, signal });
      if (isClosed) return;
      succeeded();
      isBehind ||= delta?.more === true;
      isCatchingUp = false;
      if (delta) {
        deps.onDelta(delta, from);
        position.cursor = delta.cursor;
        if (delta.more) isPollWanted = true;
      } else deps.onUnchanged();
      if (isLeader) schedule(isResuming ? 0 : pollAfterMs);
      isResuming = false;
    } catch (thrown) {
      isBehind ||= isCatchingUp;
      isCatchingUp = false;
      if (isClosed || signal.reason === ABANDONED) return;
      const failure = toApiError(thrown);
      failures += 1;
      failed(failure);
      // The same poll would be refused again: only one without a cursor can succeed.
      if (!isRetryable(failure.code)) position.cursor = null;
      schedule(backoff(failures, failure.retryAfter, deps.random));
    } finally {
      cancelDeadline();
    }
  }

  function schedule(ms: number): void {
    timer?.();
    timer = clock.after(ms, () => void poll());
  }

  function succeeded(): void {
    failures = 0;
    bannerTimer?.();
    bannerTimer = undefined;
    status = 'ok';
    deps.onStatus('ok');
  }

  function failed(failure: ApiError): void {
    const isReported = status !== 'ok' && !bannerTimer;
    status = connectionOf(failure, deps.online());
    if (isReported) deps.onStatus(status);
    else
      bannerTimer ??= clock.after(BANNER_AFTER_MS, () => {
        bannerTimer = undefined;
        deps.onStatus(status);
      });
  }

  /** Polls at once, or joins the running poll unless the person's activity has changed since it began. */
  function poll(): Promise<void> {
    if (isPaused) return Promise.resolve();
    if (running && (request.signal.aborted || polledAs !== deps.activity())) return pollAgain();
    if (isClosed) return Promise.resolve();
    running ??= run();
    return running;
  }

  /** Replaces the running poll, which may be held or too old, by a new one; resolves when that has ended. */
  function pollAgain(): Promise<void> {
    if (isPaused) return Promise.resolve();
    isPollWanted = running !== null;
    request.abort(ABANDONED);
    if (isClosed) return Promise.resolve();
    running ??= run();
    return running;
  }

  /**
   * Runs work that ends this page's token, without polls meanwhile: one that is refused before the work is answered would
   * count as an end of the session on another device.
   */
  async function withoutPolling(work: () => Promise<void>): Promise<void> {
    isPaused = true;
    isPollWanted = false;
    timer?.();
    request.abort(ABANDONED);
    try {
      await work();
    } finally {
      isPaused = false;
      if (isLeader && !isClosed) void poll();
    }
  }

  return {
    poll,
    pollAgain,
    withoutPolling,
    /** Continues from the stored state. The first poll is not held: its answer says that nothing is missing. */
    resume(from: string): void {
      position.cursor = from;
      isResuming = true;
    },
    /** Another tab passed on a delta that was not applied here. */
    missedDelta(): void {
      isBehind = true;
    },
    /** After another tab took the lead: polls once more, not held, if that tab may have what this one never got. */
    catchUp(): void {
      if (isBehind || isCatchingUp) void pollAgain();
    },
    setLeader(value: boolean): void {
      isLeader = value;
      isBehind ||= value;
      timer?.();
      if (isLeader) void poll();
      else request.abort(ABANDONED);
    },
    close(): void {
      isClosed = true;
      timer?.();
      bannerTimer?.();
      request.abort(ABANDONED);
    },
  };
}
