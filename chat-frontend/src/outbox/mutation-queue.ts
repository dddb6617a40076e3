import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../api/api.ts';
import { ApiError, type ApiErrorCode, backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Cancel, Clock } from '../clock.ts';
import { type KeyValueStore, keysOf, readJson } from '../key-value-store.ts';
import { accountPrefix, openAccountKeys } from '../local-db/account-keys.ts';
import type { Mutation, PendingMutation } from '../state/pending.ts';

type MutationQueueDeps = {
  keyValueStore: KeyValueStore;
  clock: Clock;
  /** Whether the server is known to be out of reach: then a mutation is queued without an attempt. */
  isOffline: () => boolean;
  apply: (at: MessageRef, mutation: Mutation) => Promise<void>;
  onChange: (mutations: PendingMutation[]) => void;
  /** A queued deletion was refused for good: the message is shown again. */
  onRefused: (code: ApiErrorCode) => void;
  random?: () => number;
};

const MAX_MUTATIONS = 200;

/**
 * Edits and deletions of one account that the server has not confirmed, each under a key of its own; a new one replaces
 * the one before it for the same message. Any tab adds to the queue, the leading tab carries it out one by one. The
 * queue outlives the page and the session.
 */
export function createMutationQueue(userId: Id, deps: MutationQueueDeps) {
  const { clock, isOffline, apply, onChange, onRefused, random } = deps;
  const prefix = `${accountPrefix(userId)}change.`;
  const keys = openAccountKeys(deps.keyValueStore, userId);
  const keyOf = ({ conversationId, seq }: MessageRef) => `${prefix}${conversationId}.${seq}`;
  let running = false;
  let closed = false;
  let busy = false;
  let failures = 0;
  let wake: Cancel | undefined;

  const list = (): PendingMutation[] =>
    keysOf(keys, prefix)
      .map((key) => readJson(keys, key) as PendingMutation | null)
      .filter((pending) => pending !== null)
      .sort((a, b) => a.at - b.at);
  const notify = () => {
    if (!closed) onChange(list());
  };

  function put(pending: PendingMutation): void {
    keys.setItem(keyOf(pending), JSON.stringify(pending));
    notify();
  }

  function drop(at: MessageRef): void {
    keys.removeItem(keyOf(at));
    notify();
  }

  /** Another mutation of the message may have replaced this one during the call. */
  const isCurrent = (pending: PendingMutation) => keys.getItem(keyOf(pending)) === JSON.stringify(pending);

  async function pump(): Promise<void> {
    const next = list().find(({ failed }) => !failed);
    if (!next || !running || busy || wake) return;
    busy = true;
    try {
      await apply(next, next);
      failures = 0;
      if (isCurrent(next)) drop(next);
    } catch (thrown) {
      const { code, retryAfter } = toApiError(thrown);
      if (isRetryable(code)) pause(retryAfter);
      else if (isCurrent(next)) refuse(next, code);
    }
    busy = false;
    void pump();
  }

  function refuse(pending: PendingMutation, code: ApiErrorCode): void {
    // The message is deleted already, as requested.
    const isDone = code === 'MESSAGE_DELETED' || code === 'NO_SUCH_MESSAGE';
    if (pending.kind === 'edit') put({ ...pending, failed: code });
    else drop(pending);
    if (pending.kind !== 'edit' && !isDone) onRefused(code);
  }

  function pause(retryAfter: number): void {
    failures += 1;
    wake = clock.after(backoff(failures, retryAfter, random), retryNow);
  }

  function retryNow(): void {
    wake?.();
    wake = undefined;
    void pump();
  }

  return {
    list,
    notify,
    /**
     * Carries out a mutation, at once or as soon as the server is reachable; resolves when it is done or queued.
     * @throws ApiError when the server refuses it for good, or the queue is full
     */
    async add(at: MessageRef, mutation: Mutation): Promise<void> {
      const { conversationId, seq } = at;
      const pending: PendingMutation = { conversationId, seq, at: clock.now(), ...mutation };
      if (!isOffline()) {
        try {
          await apply(at, mutation);
          return drop(at);
        } catch (thrown) {
          if (!isRetryable(toApiError(thrown).code)) throw thrown;
        }
      }
      const others = list().filter((one) => keyOf(one) !== keyOf(at));
      if (others.length >= MAX_MUTATIONS) throw new ApiError('NETWORK');
      put(pending);
      if (!wake) void pump();
    },
    /** Tries an edit again that the server has refused. */
    retry(at: MessageRef): void {
      const pending = readJson(keys, keyOf(at)) as PendingMutation | null;
      if (!pending) return;
      const { failed: _, ...again } = pending;
      put(again);
      retryNow();
    },
    drop,
    /** Drops what waits in conversations that are gone. */
    forget(conversationIds: readonly Id[]): void {
      for (const pending of list()) if (conversationIds.includes(pending.conversationId)) drop(pending);
    },
    retryNow,
    run(): void {
      running = true;
      notify();
      retryNow();
    },
    pause(): void {
      running = false;
      wake?.();
      wake = undefined;
    },
    /**
     * The session ends: a call that still fails is queued for the next one, unless the person has logged out; `onChange`
     * is not called any more.
     */
    close(): void {
      closed = true;
      this.pause();
    },
    /** Another tab has changed the queue. */
    changedElsewhere(): void {
      notify();
      void pump();
    },
    isKey: (key: string | null) => key === null || key.startsWith(prefix),
  };
}

/** For this long a deletion for oneself can be undone. */
export const UNDO_MS = 5_000;

type UndoableDeletionsDeps = {
  clock: Clock;
  remove: (at: MessageRef) => Promise<void>;
  /** The ids of the messages that wait to be deleted or are being deleted. */
  onChange: (ids: Id[]) => void;
  onFailure: (code: ApiErrorCode) => void;
};

/** Hides messages at once and deletes them for this person after `UNDO_MS`, unless that is undone. */
export function createUndoableDeletions({ clock, remove, onChange, onFailure }: UndoableDeletionsDeps) {
  const waiting = new Map<Id, { at: MessageRef; cancel: Cancel }>();
  const pendingDeletions = new Set<Id>();
  const notify = () => onChange([...pendingDeletions]);

  async function run(id: Id): Promise<void> {
    const entry = waiting.get(id);
    if (!entry) return;
    entry.cancel();
    waiting.delete(id);
    try {
      await remove(entry.at);
    } catch (thrown) {
      onFailure(toApiError(thrown).code);
    }
    pendingDeletions.delete(id);
    notify();
  }

  return {
    begin(id: Id, at: MessageRef): void {
      if (pendingDeletions.has(id)) return;
      pendingDeletions.add(id);
      waiting.set(id, { at, cancel: clock.after(UNDO_MS, () => void run(id)) });
      notify();
    },
    undo(id: Id): void {
      waiting.get(id)?.cancel();
      if (waiting.delete(id)) pendingDeletions.delete(id);
      notify();
    },
    /** Drops what waits in conversations that are gone. */
    forget(conversationIds: readonly Id[]): void {
      for (const [id, { at }] of waiting) if (conversationIds.includes(at.conversationId)) this.undo(id);
    },
    /** The page closes or the session ends: carries out what waits. */
    async finish(): Promise<void> {
      await Promise.all([...waiting.keys()].map(run));
    },
  };
}
