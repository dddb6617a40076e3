import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import { type ApiErrorCode, backoff, isRetryable, toApiError } from '../api/api-error.ts';
import type { Cancel, Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Unsent } from '../local-db/outbox-store.ts';
import type { OutboxEntry, PendingMessage } from '../state/pending.ts';

type Lane = { failures: number; wake?: Cancel; sending?: Id; reason?: ApiErrorCode };

export type OutboxDeps = {
  unsent: Pick<Unsent, 'read' | 'write' | 'drop' | 'entries' | 'isKept'>;
  clock: Clock;
  send: (entry: Pick<OutboxEntry, 'id' | 'conversationId' | 'text' | 'replyTo'>) => Promise<Message>;
  onSent: (message: Message) => void;
  onChange: (entries: PendingMessage[]) => void;
  random?: () => number;
};
export type Outbox = ReturnType<typeof createOutbox>;

/** Below 512, the number of newest messages within which the box recognises a repeated one (design §3). */
const MAX_ENTRIES = 200;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1_000;
/**
 * Messages on their way. Each is stored before the network is tried, is repeated under the same
 * id until the box answers, and leaves when it did. One at a time per conversation, in the order of writing.
 */
export function createOutbox(deps: OutboxDeps) {
  const { clock } = deps;
  const { read, write, drop, entries, isKept } = deps.unsent;
  const lanes = new Map<Id, Lane>();
  let running = false;
  let lastOrder = 0;

  /** The reason of a pause stands at the message that waits for the box, not at those that wait behind it. */
  function list(): PendingMessage[] {
    const led = new Set<Id>();
    return entries().map(({ order: _, failed, ...entry }) => {
      if (failed) return { ...entry, status: 'failed' };
      const lane = lanes.get(entry.conversationId);
      const reason = led.has(entry.conversationId) ? undefined : lane?.reason;
      led.add(entry.conversationId);
      if (lane?.sending === entry.id) return { ...entry, status: 'sending' };
      return { ...entry, status: 'waiting', ...(reason ? { reason } : {}) };
    });
  }

  const tell = () => deps.onChange(list());

  function laneOf(conversationId: Id): Lane {
    const lane = lanes.get(conversationId) ?? { failures: 0 };
    lanes.set(conversationId, lane);
    return lane;
  }

  function pump(conversationId: Id): void {
    const lane = laneOf(conversationId);
    if (!running || lane.sending || lane.wake) return;
    const head = entries().find((entry) => entry.conversationId === conversationId && !entry.failed);
    if (head && isKept(head.id)) void deliver(lane, head);
  }

  async function deliver(lane: Lane, entry: OutboxEntry): Promise<void> {
    lane.sending = entry.id;
    tell();
    try {
      const message = await deps.send(entry);
      // Known as stored first, in every tab: the bubble must not vanish in between.
      deps.onSent(message);
      drop(entry.id);
      lane.failures = 0;
      delete lane.reason;
      delete lane.sending;
    } catch (thrown) {
      delete lane.sending;
      notDelivered(lane, entry, thrown);
    }
    tell();
    pump(entry.conversationId);
  }

  function notDelivered(lane: Lane, entry: OutboxEntry, thrown: unknown): void {
    const failure = toApiError(thrown);
    const isFinal = !isRetryable(failure.code);
    if (isFinal || Math.abs(clock.now() - entry.at) >= GIVE_UP_AFTER_MS) {
      if (read(entry.id)) write({ ...entry, failed: true, reason: failure.code });
      return;
    }
    lane.failures += 1;
    lane.reason = failure.code;
    lane.wake = clock.after(backoff(lane.failures, failure.retryAfter, deps.random), () => {
      delete lane.wake;
      pump(entry.conversationId);
    });
  }

  /** Forgets the pause of a conversation and goes on at once. */
  function hurry(conversationId: Id): void {
    const lane = laneOf(conversationId);
    lane.wake?.();
    delete lane.wake;
    pump(conversationId);
  }

  const conversations = () => new Set(entries().map((entry) => entry.conversationId));
  const hurryAll = () => {
    for (const id of conversations()) hurry(id);
  };

  return {
    list,
    tell,
    /** Stores a message and starts sending it; false when too many wait already (the text must stay). */
    add(conversationId: Id, text: string, replyTo?: number): boolean {
      if (entries().length >= MAX_ENTRIES) return false;
      const now = clock.now();
      lastOrder = Math.max(now, lastOrder + 1, (entries().at(-1)?.order ?? 0) + 1);
      const answer = replyTo === undefined ? {} : { replyTo };
      const entry = { id: newId(), conversationId, text, at: now, order: lastOrder, ...answer };
      write(entry, () => pump(conversationId));
      tell();
      return true;
    },
    retry(id: Id): void {
      const entry = read(id);
      if (!entry) return;
      const { failed: _, reason: __, ...again } = entry;
      const goOn = () => hurry(entry.conversationId);
      if (entry.failed) write({ ...again, at: clock.now() }, goOn);
      else goOn();
      tell();
    },
    remove(id: Id): void {
      const entry = read(id);
      drop(id);
      tell();
      if (entry) hurry(entry.conversationId);
    },
    /** The poll brought a message: whatever waits under its id has arrived. */
    arrived(ids: Id[]): void {
      const known = ids.filter((id) => read(id));
      for (const id of known) drop(id);
      if (known.length > 0) tell();
    },
    /** The network is back, or the page is looked at again. */
    hurryAll,
    /** Only one tab of a browser sends at a time. */
    run(): void {
      running = true;
      tell();
      hurryAll();
    },
    pause(): void {
      running = false;
      for (const lane of lanes.values()) {
        lane.wake?.();
        delete lane.wake;
      }
    },
    /** Another tab changed what is stored. */
    changedElsewhere(): void {
      tell();
      for (const id of conversations()) pump(id);
    },
  };
}
