import { ApiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { StoredScheduled } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import { type SendDeps, sendMessage } from '../send.ts';
import { openScheduled, scheduledOf, withoutScheduled } from './schedule.ts';

/** As long as something waits, the time is compared at least this often: timers know nothing of a clock that was set. */
const CHECK_MS = 30_000;
/** What was scheduled a moment ago is looked at after so long, with others of that moment. */
const GATHER_MS = 500;
/** Of several cores one mostly is the first to send: their checks differ by up to this. */
const SPREAD_MS = 1000;

/** It is not scheduled any more: another core has sent it, or its author has deleted it. */
class NotScheduled extends Error {}

/**
 * Sends what people have scheduled at its time, by the verb of a send with its checks; what became due while the box was off is
 * sent at the start. Each is sent once, by whichever core comes first: after a power cut between the send and the removal, the
 * send is a repeat. A refusal is stored for its author; what may succeed later is tried again. Without anything that waits there
 * is no timer.
 */
export function sendDueMessages(deps: SendDeps & { log: Log; checkMs?: number }) {
  const { store, cipher, log, checkMs = CHECK_MS } = deps;
  const waiting = new Set<Id>();
  let timer: { at: number; end: () => void } | undefined;
  let isClosed = false;
  let isRunning = false;
  /** Milliseconds until the next one is due. */
  let nextMs = Number.POSITIVE_INFINITY;

  const openOf = async (userId: Id): Promise<StoredScheduled[]> => {
    const account = await store.account(userId);
    if (account?.deletedAt !== undefined) return [];
    return scheduledOf(account).filter(({ failure }) => failure === undefined);
  };

  async function sendDue(userId: Id): Promise<void> {
    // Before the read: who schedules something after it is added again.
    waiting.delete(userId);
    const rows = await openOf(userId);
    if (rows.length === 0) return;
    waiting.add(userId);
    const now = store.time.now();
    for (const { dueAt } of rows) if (dueAt > now) nextMs = Math.min(nextMs, dueAt - now);
    if (!rows.some(isDue)) return;
    // Another core may have sent it, or committed what decides whether it may be sent.
    await store.catchUp?.();
    for (const row of await openOf(userId)) if (isDue(row) && !isClosed) await sendOne(userId, row);
  }

  // What was sent cannot be taken back: it waits until the time that the box was off is confirmed.
  const isDue = ({ dueAt }: StoredScheduled) => dueAt + store.time.tooSoonBy(dueAt) <= store.time.now();

  async function sendOne(userId: Id, row: StoredScheduled): Promise<void> {
    const { id, conversationId } = row;
    try {
      if ((await store.account(userId))?.suspended) throw new ApiError('ACCOUNT_SUSPENDED');
      const [text] = await openScheduled(cipher, userId, [row]);
      if (text === undefined) throw new ApiError('NO_SUCH_MESSAGE');
      const input = { senderId: userId, conversationId, message: text, clientMessageId: id };
      const requireIn: SendDeps['requireIn'] = async (tx) => {
        const account = await tx.account(userId);
        if (!scheduledOf(account).some((one) => one.id === id)) throw new NotScheduled();
      };
      await sendMessage({ ...deps, requireIn }, userId, input);
      await change(userId, row, undefined);
      cipher.forget([row.content]);
    } catch (error) {
      if (error instanceof NotScheduled) return;
      const isFinal = error instanceof ApiError && error.status < 500 && error.status !== 429;
      if (isFinal) await change(userId, row, error.code);
      else log.warn({ err: error }, 'a scheduled message was not sent; it is tried again');
    }
  }

  /** Removes it, or stores why it was refused, unless its author has deleted it. */
  function change(userId: Id, { id }: StoredScheduled, failure: string | undefined): Promise<void> {
    return store.transact(async (tx) => {
      const account = await tx.account(userId);
      if (!account?.scheduled?.some((one) => one.id === id)) return;
      if (failure === undefined) return tx.saveAccount(withoutScheduled(account, id));
      const scheduled = account.scheduled.map((one) => (one.id === id ? { ...one, failure } : one));
      return tx.saveAccount({ ...account, scheduled });
    });
  }

  async function check(): Promise<void> {
    nextMs = Number.POSITIVE_INFINITY;
    for (const userId of [...waiting]) if (!isClosed) await sendDue(userId);
  }

  /** One check at a time, and the next one only while something waits. */
  async function run(): Promise<void> {
    timer = undefined;
    isRunning = true;
    await check().catch((error: unknown) => {
      log.warn({ err: error }, 'scheduled messages could not be checked');
    });
    isRunning = false;
    if (waiting.size > 0) runIn(Math.min(nextMs, checkMs));
  }

  function runIn(ms: number): void {
    const at = performance.now() + ms;
    if (isClosed || isRunning || (timer && timer.at <= at)) return;
    timer?.end();
    const spread = store.catchUp ? Math.random() * SPREAD_MS : 0;
    const next = setTimeout(run, Math.ceil(ms + spread)).unref();
    timer = { at, end: () => clearTimeout(next) };
  }

  const stopListening = store.onCommit(({ scheduling }) => {
    if (scheduling.length === 0) return;
    for (const userId of scheduling) waiting.add(userId);
    if (isRunning) nextMs = Math.min(nextMs, GATHER_MS);
    else runIn(GATHER_MS);
  });

  async function start(): Promise<void> {
    for (const id of store.allIds().accounts) if ((await store.account(id))?.scheduled) waiting.add(id);
    if (waiting.size > 0 && !isClosed) await run();
  }
  void start().catch((error: unknown) => log.warn({ err: error }, 'scheduled messages were not read'));

  return {
    /** Sends what is due now. */
    check,
    close(): void {
      isClosed = true;
      stopListening();
      timer?.end();
    },
  };
}
