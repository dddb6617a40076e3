import type { Delta } from '../../chat-core/src/wire.ts';
import { type ApiFailure, failureOf, type SyncAnswer } from './api.ts';
import { backoff } from './backoff.ts';
import type { Cancel, Clock } from './clock.ts';
import type { Link } from './state.ts';

/** The banner appears when polls have failed for this long (features §4.2). */
const PATIENCE_MS = 5_000;
const HIDDEN_POLL_MS = 60_000;

export type SyncDeps = {
  poll: (cursor: string | null) => Promise<SyncAnswer>;
  clock: Clock;
  visible: () => boolean;
  online: () => boolean;
  /** `from` is the cursor the poll was asked with. */
  onDelta: (delta: Delta, from: string | null) => void;
  onLink: (link: Link) => void;
  random?: () => number;
};
export type Sync = ReturnType<typeof createSync>;

/**
 * The one poll loop. It goes on while it leads; `now()` polls once in any case. The cursor moves only after its delta
 * was applied, so a delta is never skipped.
 */
export function createSync(deps: SyncDeps) {
  const { clock } = deps;
  let cursor: string | null = null;
  let leading = false;
  let stopped = false;
  let failures = 0;
  let again = false;
  let flight: Promise<void> | null = null;
  let timer: Cancel | undefined;
  let patience: Cancel | undefined;
  let trouble: Link = 'ok';

  async function turn(): Promise<void> {
    do {
      again = false;
      await once();
    } while (again && failures === 0 && !stopped);
  }

  async function once(): Promise<void> {
    const from = cursor;
    timer?.();
    try {
      const { delta, pollAfterMs } = await deps.poll(from);
      if (stopped) return;
      succeeded();
      if (delta) {
        deps.onDelta(delta, from);
        cursor = delta.cursor;
        if (delta.more) again = true;
      }
      if (leading) schedule(deps.visible() ? pollAfterMs : Math.max(pollAfterMs, HIDDEN_POLL_MS));
    } catch (thrown) {
      if (stopped) return;
      const failure = failureOf(thrown);
      failures += 1;
      failed(failure);
      // An unreadable cursor can only be replaced by a fresh start.
      if (failure.code === 'INVALID_CURSOR') cursor = null;
      schedule(backoff(failures, failure.retryAfter, deps.random));
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

  function failed(failure: ApiFailure): void {
    const told = trouble !== 'ok' && !patience;
    trouble = linkOf(failure, deps.online());
    if (told) deps.onLink(trouble);
    else
      patience ??= clock.after(PATIENCE_MS, () => {
        patience = undefined;
        deps.onLink(trouble);
      });
  }

  /** Polls at once, or joins the poll under way. */
  function now(): Promise<void> {
    if (stopped) return Promise.resolve();
    flight ??= turn().finally(() => {
      flight = null;
    });
    return flight;
  }

  return {
    now,
    /** Resolves when a poll that began after this call has ended: one under way may have looked too early. */
    fresh(): Promise<void> {
      again = flight !== null;
      return now();
    },
    cursor: () => cursor,
    /** Another tab polled from where this one stands, and passed on what it got. */
    moveTo(next: string): void {
      cursor = next;
    },
    lead(value: boolean): void {
      leading = value;
      timer?.();
      if (leading) void now();
    },
    stop(): void {
      stopped = true;
      timer?.();
      patience?.();
    },
  };
}

/** Which of the hops fails: an answer without our code comes from the tunnel or a proxy, not from the box. */
export function linkOf(failure: ApiFailure, online: boolean): Link {
  if (failure.code === 'CIPHER_UNAVAILABLE') return 'cipher';
  if (failure.status === 0) return online ? 'unreachable' : 'offline';
  return failure.code === 'UNKNOWN' ? 'unreachable' : 'trouble';
}
