import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../api/api.ts';
import { ApiError, type ApiErrorCode, backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Cancel, Clock } from '../clock.ts';
import { type KeyValueStore, keysOf, readJson } from '../key-value-store.ts';
import { keptPrefix } from '../local-db/drafts.ts';
import type { Mutation, PendingMutation } from '../state/pending.ts';

export type ChangesDeps = {
  keyValueStore: KeyValueStore;
  clock: Clock;
  /** Out of touch with the box: there is no use in trying first. */
  isAway: () => boolean;
  apply: (at: MessageRef, mutation: Mutation) => Promise<void>;
  onChange: (changes: PendingMutation[]) => void;
  /** A deletion that waited was refused for good: the message is there again. */
  onRefused: (code: ApiErrorCode) => void;
  random?: () => number;
};

const MOST = 200;
/**
 * Edits and deletions of one account that wait for the box, each under a key of its own, the last one for a message in
 * place of those before it. Any tab adds to them; the one in the seat carries them out, one after the other.
 */
export function createChanges(userId: Id, deps: ChangesDeps) {
  const { keyValueStore, clock, isAway, apply, onChange, onRefused, random } = deps;
  const prefix = `${keptPrefix(userId)}change.`;
  const keyOf = ({ conversationId, seq }: MessageRef) => `${prefix}${conversationId}.${seq}`;
  let running = false;
  let closed = false;
  let busy = false;
  let failures = 0;
  let wake: Cancel | undefined;

  const list = (): PendingMutation[] =>
    keysOf(keyValueStore, prefix)
      .map((key) => readJson(keyValueStore, key) as PendingMutation | null)
      .filter((change) => change !== null)
      .sort((a, b) => a.at - b.at);
  const tell = () => {
    if (!closed) onChange(list());
  };

  function keep(change: PendingMutation): void {
    keyValueStore.setItem(keyOf(change), JSON.stringify(change));
    tell();
  }

  function drop(at: MessageRef): void {
    keyValueStore.removeItem(keyOf(at));
    tell();
  }

  /** Another change of the message may have come while this one was on its way. */
  const isStill = (change: PendingMutation) =>
    keyValueStore.getItem(keyOf(change)) === JSON.stringify(change);

  async function pump(): Promise<void> {
    const next = list().find(({ failed }) => !failed);
    if (!next || !running || busy || wake) return;
    busy = true;
    try {
      await apply(next, next);
      failures = 0;
      if (isStill(next)) drop(next);
    } catch (thrown) {
      const { code, retryAfter } = toApiError(thrown);
      if (isRetryable(code)) pause(retryAfter);
      else if (isStill(next)) refuse(next, code);
    }
    busy = false;
    void pump();
  }

  function refuse(change: PendingMutation, code: ApiErrorCode): void {
    // Deleted already: nobody minds who was first.
    const isDone = code === 'MESSAGE_DELETED' || code === 'NO_SUCH_MESSAGE';
    if (change.kind === 'edit') keep({ ...change, failed: code });
    else drop(change);
    if (change.kind !== 'edit' && !isDone) onRefused(code);
  }

  function pause(retryAfter: number): void {
    failures += 1;
    wake = clock.after(backoff(failures, retryAfter, random), hurry);
  }

  function hurry(): void {
    wake?.();
    wake = undefined;
    void pump();
  }

  return {
    list,
    tell,
    /**
     * Changes a message, now or as soon as the box is there; resolves when it is done or kept for later.
     * @throws ApiError when the box refuses it for good, or too many wait already
     */
    async make(at: MessageRef, mutation: Mutation): Promise<void> {
      const { conversationId, seq } = at;
      const change: PendingMutation = { conversationId, seq, at: clock.now(), ...mutation };
      if (!isAway()) {
        try {
          await apply(at, mutation);
          return drop(at);
        } catch (thrown) {
          if (!isRetryable(toApiError(thrown).code)) throw thrown;
        }
      }
      const others = list().filter((one) => keyOf(one) !== keyOf(at));
      if (others.length >= MOST) throw new ApiError('NETWORK');
      keep(change);
      if (!wake) void pump();
    },
    /** Tries again what the box has refused. */
    retry(at: MessageRef): void {
      const change = readJson(keyValueStore, keyOf(at)) as PendingMutation | null;
      if (!change) return;
      const { failed: _, ...again } = change;
      keep(again);
      hurry();
    },
    drop,
    hurry,
    run(): void {
      running = true;
      tell();
      hurry();
    },
    pause(): void {
      running = false;
      wake?.();
      wake = undefined;
    },
    /** The session ends: what still fails is stored for the next one, and the page hears nothing more. */
    close(): void {
      closed = true;
      this.pause();
    },
    /** Another tab has changed what waits. */
    changedElsewhere(): void {
      tell();
      void pump();
    },
    isKey: (key: string | null) => key === null || key.startsWith(prefix),
  };
}
