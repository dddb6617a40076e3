import { type ExpiryTime, sentTimeOf } from '../storage/expiry-queues.ts';
import type { Conversation, ExpiryProgress, ExpiryQueue, StoredMessage } from '../storage/store.ts';

/** Rows that are read, and at most expired, at once: a page of messages. */
const ROWS_AT_ONCE = 128;

/** A message is stored at most so long after the time that it expires from. */
const SEALED_AGO_MS = 15 * 60_000;

/** The messages of one conversation with a seq above `after`, oldest first. */
export type ReadAfter = (after: number, limit: number) => Promise<StoredMessage[]>;

/** What to expire now in a conversation, how far that gets, and when to look again; `more`: now, for the rest. */
export type Due = { seqs: number[]; progress: ExpiryProgress; nextAt: number; more: boolean };

/**
 * Looks at the next rows of every queue of a conversation whose time has come, at most a page of each: no row is read again
 * once it has passed. A queue without rows stays, since messages may be sent meanwhile. Times are on the time line of the box.
 */
export async function dueRows(
  { lastSeq }: Pick<Conversation, 'lastSeq'>,
  queues: ExpiryQueue[],
  time: ExpiryTime,
  read: ReadAfter,
): Promise<Due> {
  const now = time.now();
  const looked: Looked[] = [];
  for (const queue of queues)
    looked.push(
      queue.nextAt > now ? { seqs: [], queue, more: false } : await look(queue, lastSeq, time, read),
    );
  const left = looked.map(({ queue }) => queue);
  return {
    seqs: looked.flatMap(({ seqs }) => seqs).sort((a, b) => a - b),
    progress: { queues: left },
    nextAt: Math.min(...left.map(({ nextAt }) => nextAt)),
    more: looked.some(({ more }) => more),
  };
}

type Looked = { seqs: number[]; queue: ExpiryQueue; more: boolean };

async function look(queue: ExpiryQueue, lastSeq: number, time: ExpiryTime, read: ReadAfter): Promise<Looked> {
  const rows = await read(queue.from - 1, ROWS_AT_ONCE);
  const seqs: number[] = [];
  for (const row of rows) {
    const { expiresAt, expired, seq } = row;
    if (expired || expiresAt === undefined || expiresAt - sentTimeOf(row) !== queue.afterMs) continue;
    if (mayNotBeOver(row, expiresAt, time))
      return { seqs, queue: { ...queue, from: seq, nextAt: expiresAt }, more: false };
    seqs.push(seq);
  }
  const from = (rows.at(-1)?.seq ?? lastSeq) + 1;
  if (from <= lastSeq) return { seqs, queue: { ...queue, from }, more: true };
  return { seqs, queue: { ...queue, from, nextAt: soonest(time.now(), queue.afterMs) }, more: false };
}

/** Whether the time of a message may not have come yet: what is emptied cannot come back. */
function mayNotBeOver(row: StoredMessage, until: number, time: ExpiryTime): boolean {
  return until + time.notPassedSince(sentTimeOf(row), true) > time.now();
}

/** When a message that is not stored yet may expire: it may have been sealed a while ago. */
export function soonest(now: number, afterMs: number): number {
  return now + afterMs - Math.min(SEALED_AGO_MS, afterMs / 2);
}

/**
 * The next rows of a conversation that were sent `ms` ago or before that, as long as the box retains them, from seq `from` on. System rows
 * stay: they have no content.
 */
export async function retainedRows(
  { lastSeq }: Pick<Conversation, 'lastSeq'>,
  from: number,
  ms: number,
  time: ExpiryTime,
  read: ReadAfter,
): Promise<{ seqs: number[]; retainedFrom: number; oldestAt: number; more: boolean }> {
  const rows = from > lastSeq ? [] : await read(from - 1, ROWS_AT_ONCE);
  const seqs: number[] = [];
  for (const row of rows) {
    if (row.event || row.expired) continue;
    const sentAt = sentTimeOf(row);
    if (mayNotBeOver(row, sentAt + ms, time))
      return { seqs, retainedFrom: row.seq, oldestAt: sentAt, more: false };
    seqs.push(row.seq);
  }
  const next = (rows.at(-1)?.seq ?? lastSeq) + 1;
  return { seqs, retainedFrom: next, oldestAt: Number.POSITIVE_INFINITY, more: next <= lastSeq };
}
