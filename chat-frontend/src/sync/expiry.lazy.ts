import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import type { Cancel, Clock } from '../clock.ts';
import { forgetKeptPictures } from '../local-db/kept-pictures.ts';
import { openDatabase, requestResult } from '../local-db/local-db.ts';
import { asOf, expiryOf, heldIn } from '../state/expiry.ts';
import type { State } from '../state/state.ts';
import type { Store } from '../state/store.ts';

/** Without anything that expires sooner it looks so often, since what is stored may expire too. */
const MAX_WAIT_MS = 10 * 60_000;
const MIN_WAIT_MS = 1_000;

type Deps = {
  store: Pick<Store, 'get' | 'dispatch'>;
  /** The clock of the server. */
  clock: Clock;
  isLeader: () => boolean;
};

/** The messages that are held and have expired at a time, each once, and when the next one does. */
export function expiredAt({ chats, serverInfo }: State, at: number): { due: Message[]; next: number } {
  const due = new Map<Id, Message>();
  let next = Number.POSITIVE_INFINITY;
  for (const message of Object.values(chats).flatMap(heldIn)) {
    const expiry = expiryOf(message, serverInfo?.retentionDays);
    if (expiry <= at) due.set(message.id, message);
    else next = Math.min(next, expiry);
  }
  return { due: [...due.values()], next };
}

/**
 * Forgets messages at their time, with or without a connection: in the state, in what this browser stores of them, and
 * their pictures.
 */
export function createExpiry(userId: Id, { store, clock, isLeader }: Deps) {
  let timer: Cancel | undefined;
  let purgedAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  function check(): void {
    if (isClosed) return;
    timer?.();
    const at = clock.now();
    const { due, next } = expiredAt(store.get(), at);
    const { retentionDays } = store.get().serverInfo ?? {};
    for (const message of due) store.dispatch({ type: 'changed', message: asOf(message, at, retentionDays) });
    if (isLeader() && (due.length > 0 || at - purgedAt >= MAX_WAIT_MS)) {
      purgedAt = at;
      void purgeStored(userId, at, retentionDays);
    }
    timer = clock.after(Math.min(Math.max(next - at, MIN_WAIT_MS), MAX_WAIT_MS), check);
  }

  return {
    check,
    close(): void {
      isClosed = true;
      timer?.();
    },
  };
}

/** Empties what is stored of messages that have expired, and deletes their pictures. */
async function purgeStored(userId: Id, at: number, retentionDays: number | undefined): Promise<void> {
  const stores = { messages: { keyPath: ['conversationId', 'seq'] } };
  const db = await openDatabase(`bisik.${userId}`, stores).catch(() => undefined);
  const due: Message[] = [];
  const write = db?.write(async (object) => {
    const messages = object('messages');
    for (const message of await requestResult<Message[]>(messages.getAll())) {
      if (expiryOf(message, retentionDays) > at) continue;
      due.push(message);
      messages.put(asOf(message, at, retentionDays));
    }
  });
  await write?.catch(() => undefined);
  db?.close();
  if (due.length > 0) await forgetKeptPictures(userId, { conversationIds: [], messages: due, all: false });
}
