import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import { type ApiErrorCode, backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Cancel, Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { OutboxStore } from '../local-db/outbox-store.ts';
import { isPaused, type OutboxEntry, type PendingFile, type PendingMessage } from '../state/pending.ts';

/** What a message replies to, the members of a group that it mentions, and its files. */
export type SendOptions = { replyTo?: number | undefined; mentions?: Id[]; files?: PendingFile[] };

type Lane = { failures: number; wake?: Cancel; sending?: Id; reason?: ApiErrorCode };

type OutboxDeps = {
  outboxStore: Pick<OutboxStore, 'read' | 'write' | 'hold' | 'drop' | 'entries' | 'isStored'>;
  clock: Clock;
  send: (entry: OutboxEntry) => Promise<Message>;
  /** Ends the upload of a message's files; `send` then rejects. */
  stopUpload: (id: Id) => void;
  /** The files of a message that left the outbox are not needed any more, by the server only if it was sent. */
  dropFiles: (entry: OutboxEntry, isSent: boolean) => void;
  onSent: (message: Message) => void;
  onChange: (entries: PendingMessage[]) => void;
  random?: () => number;
};
export type Outbox = ReturnType<typeof createOutbox>;

/** Below 512, the number of newest messages among which the server recognises a repeated id (design §3). */
const MAX_ENTRIES = 200;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1_000;

/**
 * The messages that the server has not confirmed. Each is stored before the first attempt, repeated under the same id until
 * the server answers, and then removed. One at a time per conversation, in the order of writing.
 */
export function createOutbox(deps: OutboxDeps) {
  const { clock } = deps;
  const { read, write, hold, entries, isStored } = deps.outboxStore;
  const lanes = new Map<Id, Lane>();
  let running = false;
  let lastOrder = 0;

  /** Only the first message of a conversation carries the reason of a pause; those behind it just wait. */
  function list(): PendingMessage[] {
    const led = new Set<Id>();
    return entries().map(({ order: _, failed, ...entry }) => {
      if (failed) return { ...entry, status: 'failed' };
      if (isPaused(entry)) return { ...entry, status: 'waiting' };
      const lane = lanes.get(entry.conversationId);
      const reason = led.has(entry.conversationId) ? undefined : lane?.reason;
      led.add(entry.conversationId);
      if (lane?.sending === entry.id) return { ...entry, status: 'sending' };
      return { ...entry, status: 'waiting', ...(reason ? { reason } : {}) };
    });
  }

  const notify = () => deps.onChange(list());

  function laneOf(conversationId: Id): Lane {
    const lane = lanes.get(conversationId) ?? { failures: 0 };
    lanes.set(conversationId, lane);
    return lane;
  }

  function pump(conversationId: Id): void {
    const lane = laneOf(conversationId);
    if (!running || lane.sending || lane.wake) return;
    const head = entries().find(
      (entry) => entry.conversationId === conversationId && !entry.failed && !isPaused(entry),
    );
    if (head && isStored(head.id)) void deliver(lane, head);
  }

  async function deliver(lane: Lane, entry: OutboxEntry): Promise<void> {
    lane.sending = entry.id;
    notify();
    try {
      const message = await deps.send(entry);
      // First into the state of every tab, then out of the outbox: the bubble must not disappear in between.
      deps.onSent(message);
      drop(entry.id, true);
      lane.failures = 0;
      delete lane.reason;
      delete lane.sending;
    } catch (thrown) {
      delete lane.sending;
      handleFailure(lane, entry, thrown);
    }
    notify();
    pump(entry.conversationId);
  }

  function drop(id: Id, isSent: boolean): void {
    const entry = read(id);
    deps.outboxStore.drop(id);
    if (entry?.files) deps.dropFiles(entry, isSent);
  }

  function handleFailure(lane: Lane, entry: OutboxEntry, thrown: unknown): void {
    const failure = toApiError(thrown);
    const isFinal = !isRetryable(failure.code);
    if (isFinal || Math.abs(clock.now() - entry.at) >= GIVE_UP_AFTER_MS) {
      const now = read(entry.id);
      if (now) write({ ...now, failed: true, reason: failure.code });
      return;
    }
    // The person has paused or removed it: those behind it need not wait.
    if (!isWanted(entry.id)) return;
    lane.failures += 1;
    lane.reason = failure.code;
    lane.wake = clock.after(backoff(lane.failures, failure.retryAfter, deps.random), () => {
      delete lane.wake;
      pump(entry.conversationId);
    });
  }

  function isWanted(id: Id): boolean {
    const entry = read(id);
    return entry !== null && !isPaused(entry);
  }

  /** Ends the pause of a conversation and sends at once. */
  function retryNow(conversationId: Id): void {
    const lane = laneOf(conversationId);
    lane.wake?.();
    delete lane.wake;
    pump(conversationId);
  }

  const conversations = () => new Set(entries().map((entry) => entry.conversationId));
  const retryAllNow = () => {
    for (const id of conversations()) retryNow(id);
  };

  return {
    list,
    notify,
    /** Stores a message and sends it; false when the outbox is full, and the text has to stay in the composer. */
    add(conversationId: Id, text: string, { replyTo, mentions = [], files }: SendOptions = {}): boolean {
      if (entries().length >= MAX_ENTRIES) return false;
      const now = clock.now();
      lastOrder = Math.max(now, lastOrder + 1, (entries().at(-1)?.order ?? 0) + 1);
      const entry: OutboxEntry = {
        id: newId(),
        conversationId,
        text,
        at: now,
        order: lastOrder,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(mentions.length > 0 ? { mentions } : {}),
        ...(files ? { files } : {}),
      };
      write(entry, () => pump(conversationId));
      notify();
      return true;
    },
    /** Sends a message again that has failed, or whose upload was paused. */
    retry(id: Id): void {
      const entry = read(id);
      if (!entry) return;
      const { failed: _, reason: __, ...again } = withoutPause(entry);
      const resend = () => retryNow(entry.conversationId);
      if (entry.failed || isPaused(entry)) write({ ...again, at: clock.now() }, resend);
      else resend();
      notify();
    },
    /** Pauses the upload of a message's files, until `retry`. */
    pauseUpload(id: Id): void {
      const entry = read(id);
      if (!entry?.files?.some(isIncomplete)) return;
      const files = entry.files.map((file) => (isIncomplete(file) ? { ...file, paused: true } : file));
      write({ ...entry, files });
      deps.stopUpload(id);
      notify();
    },
    /**
     * The files of a message as far as they are uploaded, with `keep` durably. Resolves with false when the message is
     * gone or paused, and nothing has changed.
     */
    async setFiles(id: Id, files: PendingFile[], keep: boolean): Promise<boolean> {
      const entry = read(id);
      if (!entry || isPaused(entry)) return false;
      const lane = laneOf(entry.conversationId);
      lane.failures = 0;
      delete lane.reason;
      const next = { ...entry, files };
      if (keep) await new Promise<void>((done) => write(next, done));
      else hold(next);
      notify();
      return true;
    },
    remove(id: Id): void {
      const entry = read(id);
      drop(id, false);
      notify();
      if (entry) retryNow(entry.conversationId);
    },
    /** Drops everything that waits in conversations that are gone. */
    forget(conversationIds: readonly Id[]): void {
      for (const { id, conversationId } of entries())
        if (conversationIds.includes(conversationId)) drop(id, false);
      notify();
    },
    /** A poll brought these messages: those of them that wait here have been sent. */
    confirm(ids: Id[]): void {
      const known = ids.filter((id) => read(id));
      for (const id of known) drop(id, true);
      if (known.length > 0) notify();
    },
    /** The server is reachable again, or the page is visible again. */
    retryAllNow,
    /** Only the leading tab of a browser sends. */
    run(): void {
      running = true;
      notify();
      retryAllNow();
    },
    pause(): void {
      running = false;
      for (const lane of lanes.values()) {
        lane.wake?.();
        delete lane.wake;
        if (lane.sending) deps.stopUpload(lane.sending);
      }
    },
    /** Another tab changed what is stored. */
    changedElsewhere(): void {
      for (const { sending } of lanes.values()) if (sending && !isWanted(sending)) deps.stopUpload(sending);
      notify();
      for (const id of conversations()) pump(id);
    },
  };
}

const isIncomplete = ({ stored, size }: PendingFile) => stored < size;

function withoutPause(entry: OutboxEntry): OutboxEntry {
  if (!entry.files) return entry;
  return { ...entry, files: entry.files.map(({ paused: _, ...file }) => file) };
}
