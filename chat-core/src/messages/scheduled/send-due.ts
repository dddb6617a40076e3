import { ApiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { StoredScheduled } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import { type SendDeps, sendMessage } from '../send.ts';
import { openScheduled, scheduledOf, withoutScheduled } from './schedule.ts';

/** As long as something waits, the time is compared this often: timers know nothing of a clock that was set. */
const CHECK_MS = 30_000;

/**
 * Sends what people have scheduled at its time, by the verb of a send with its checks; what became due while the box was off is
 * sent at the start. Each is sent once: after a power cut between the send and the removal, the send is a repeat. A refusal is
 * stored for its author; what may succeed later is tried again. Without anything that waits there is no timer.
 */
export function sendDueMessages(deps: SendDeps & { log: Log; checkMs?: number }) {
  const { store, cipher, log, checkMs = CHECK_MS } = deps;
  const waiting = new Set<Id>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let isRunning = false;

  async function sendDue(userId: Id): Promise<void> {
    const account = await store.account(userId);
    const rows = scheduledOf(account).filter(({ failure }) => failure === undefined);
    if (rows.length === 0 || account?.deletedAt !== undefined) {
      waiting.delete(userId);
      return;
    }
    for (const row of rows) if (isDue(row) && !isClosed) await sendOne(userId, row);
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
      await sendMessage(deps, userId, input);
      await change(userId, row, undefined);
      cipher.forget([row.content]);
    } catch (error) {
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
    for (const userId of waiting) if (!isClosed) await sendDue(userId);
  }

  /** One check at a time, and the next one only while something waits. */
  async function run(): Promise<void> {
    clearTimeout(timer);
    if (isRunning) return;
    isRunning = true;
    await check().catch((error: unknown) => {
      log.warn({ err: error }, 'scheduled messages could not be checked');
    });
    isRunning = false;
    if (waiting.size > 0 && !isClosed) timer = setTimeout(run, checkMs).unref();
  }

  async function start(): Promise<void> {
    for (const id of store.allIds().accounts) if ((await store.account(id))?.scheduled) waiting.add(id);
    if (waiting.size > 0) await run();
  }
  void start().catch((error: unknown) => log.warn({ err: error }, 'scheduled messages were not read'));

  return {
    /** Someone has scheduled something. */
    onChange(userId: Id): void {
      waiting.add(userId);
      if (!isClosed) void run();
    },
    /** Sends what is due now. */
    check,
    close(): void {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
