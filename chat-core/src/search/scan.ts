import type { Cipher } from '../cipher/cipher.ts';
import { isReadable } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { isDeleted, openMessages } from '../messages/message.ts';
import { isDue } from '../storage/expiry-queues.ts';
import { fromSeqOf } from '../storage/rows.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, PageBudget, Store, StoredMessage } from '../storage/store.ts';
import type { Id, Message } from '../wire/wire.ts';
import { comparePositions, type Position } from './position.ts';

/** Rows that are read and opened together: those of one page of the storage, which begin at seq 1, 129, 257… */
const ROWS_AT_ONCE = 128;
/** Reads that are opened while the next are read: cipher-service and this process then work at the same time. */
const MAX_OPENING = 3;
/** Its rate limit pays for a search, and its pages do not drive others out of the cache. */
export const UNCACHED: PageBudget = { count: () => {}, skipsCache: true };

/** Where a search goes on in a conversation: with the rows up to `seq`, all of them older than `bound`. */
export type Place = { bound: Position; seq: number | undefined; timestamp?: number | undefined };
export type Places = ReadonlyMap<Id, Place>;
type Source = Place & { conversation: Conversation };

/** Hits of a page, and the rows and milliseconds after which a scan ends with fewer. */
export type ScanLimits = { hits: number; rows: number; ms: number };
export type Scan = {
  /** Newest first: all hits that there are down to `end`. */
  hits: StoredMessage[];
  /** Where the next scan begins; undefined when everything was searched. */
  end?: Position;
  /** The time of the message at `end`, where it is known. */
  endTime?: number | undefined;
  /** Where the next scan may go on at once, by conversation; without them it has to find the places again. */
  places?: Places;
};
type ScanDeps = { store: Store; cipher: Cipher };
type Search = {
  userId: Id;
  conversations: Conversation[];
  before: Position | undefined;
  places: Places | undefined;
  isHit: (message: Message) => boolean;
};

/**
 * Reads conversations backwards, the newest message of all of them first, and opens what the person may read, until it
 * has `limits.hits` hits or has used up the rows or the time. In memory are a few pages and the hits.
 * @throws ApiError CIPHER_UNAVAILABLE, MALFORMED_REQUEST when the client went away
 */
export async function scanBackwards(
  deps: ScanDeps,
  search: Search,
  limits: ScanLimits,
  signal: AbortSignal,
): Promise<Scan> {
  const started = performance.now();
  const { before } = search;
  /** The one with the newest unread message comes last. */
  const sources = search.conversations.map((one) => sourceOf(one, search)).sort(byBound);
  const hits = new NewestHits(limits.hits);
  const opening: Promise<void>[] = [];
  let rowsRead = 0;
  const isOver = () => {
    const next = sources.at(-1);
    if (!next || hits.areNewerThan(next.bound)) return true;
    // Each scan gets further than the one before, however long that takes.
    if (before && comparePositions(next.bound, before) >= 0) return false;
    return rowsRead >= limits.rows || performance.now() - started >= limits.ms;
  };
  for (;;) {
    if (signal.aborted) throw new ApiError('MALFORMED_REQUEST');
    if (opening.length >= MAX_OPENING) await opening.shift();
    if (isOver()) {
      // What is being opened may have hits; they decide too.
      await Promise.all(opening.splice(0));
      if (isOver()) break;
    }
    const source = sources.pop();
    if (!source) break;
    const rows = await readRows(deps.store, source, before);
    rowsRead += rows.length;
    const older = olderSource(source, rows, search.userId);
    if (older) insert(sources, older);
    const opened = openHits(deps, search, source.conversation, rows, signal).then((found) => {
      for (const row of found) hits.add(row);
    });
    // It is awaited later, or never when another one fails first.
    opened.catch(() => {});
    opening.push(opened);
    // Other requests have their turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return resultOf(sources, hits, limits);
}

function resultOf(sources: Source[], { rows, hasDropped }: NewestHits, limits: ScanLimits): Scan {
  const next = sources.at(-1);
  const hits = next ? rows.filter((row) => comparePositions(row, next.bound) >= 0) : rows;
  const last = hits.at(-1);
  if (last && hits.length === limits.hits && (next || hasDropped))
    return { hits, end: positionOf(last), endTime: last.timestamp };
  if (!next) return { hits };
  const isExact = hits.length === rows.length && !hasDropped;
  return {
    hits,
    end: next.bound,
    endTime: next.timestamp,
    ...(isExact && {
      places: new Map(
        sources.map(({ conversation, bound, seq, timestamp }) => [
          conversation.id,
          { bound, seq, timestamp },
        ]),
      ),
    }),
  };
}

/** The newest rows that were found, newest first. */
class NewestHits {
  readonly rows: StoredMessage[] = [];
  hasDropped = false;
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  add(row: StoredMessage): void {
    const index = this.rows.findIndex((other) => comparePositions(other, row) < 0);
    this.rows.splice(index < 0 ? this.rows.length : index, 0, row);
    if (this.rows.length <= this.max) return;
    this.rows.pop();
    this.hasDropped = true;
  }

  /** Whether there are `max` of them, and none is older than this position. */
  areNewerThan(position: Position): boolean {
    const oldest = this.rows[this.max - 1];
    return oldest !== undefined && comparePositions(oldest, position) >= 0;
  }
}

function positionOf({ rev, conversationId, seq }: StoredMessage): Position {
  return { rev, conversationId, seq };
}

function byBound(a: Source, b: Source): number {
  return comparePositions(a.bound, b.bound);
}

function insert(sources: Source[], source: Source): void {
  let [low, high] = [0, sources.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byBound(sources[middle] as Source, source) < 0) low = middle + 1;
    else high = middle;
  }
  sources.splice(low, 0, source);
}

/** A conversation before its first row is read: no row is newer than its header. */
function sourceOf(conversation: Conversation, { before, places }: Search): Source {
  const { id, rev, lastSeq } = conversation;
  const known = places?.get(id);
  if (known) return { conversation, ...known };
  const newest = { rev, conversationId: id, seq: lastSeq + 1 };
  if (!before) return { conversation, bound: newest, seq: lastSeq };
  return { conversation, bound: comparePositions(newest, before) < 0 ? newest : before, seq: undefined };
}

/** The next rows of a source, oldest first: down to the start of a page. */
async function readRows(
  store: Store,
  source: Source,
  before: Position | undefined,
): Promise<StoredMessage[]> {
  const { id } = source.conversation;
  // The rows of the commit of `before` are among them, and left out when they are opened.
  source.seq ??= before ? await store.lastSeqAt(id, before.rev, UNCACHED) : 0;
  const limit = ((source.seq - 1) % ROWS_AT_ONCE) + 1;
  if (source.seq < 1) return [];
  const rows = await store.messages(id, { before: source.seq + 1, limit, budget: UNCACHED });
  return before ? rows.filter((row) => row.rev <= before.rev) : rows;
}

/** The source after these rows were read; undefined when the person may read no older ones. */
function olderSource({ conversation }: Source, [oldest]: StoredMessage[], userId: Id): Source | undefined {
  if (!oldest || oldest.seq <= fromSeqOf(conversation, userId)) return undefined;
  const { seq, timestamp } = oldest;
  return { conversation, bound: positionOf(oldest), seq: seq - 1, timestamp };
}

/** Those of the rows that the person may read and that are hits. */
async function openHits(
  { store, cipher }: ScanDeps,
  { userId, before, isHit }: Search,
  conversation: Conversation,
  rows: StoredMessage[],
  signal: AbortSignal,
): Promise<StoredMessage[]> {
  const hidden = await store.hiddenOf(conversation.id, userId);
  const now = store.time.now();
  const readable = rows.filter(
    (row) =>
      isReadable(conversation, userId, row) &&
      !row.event &&
      !isDeleted(row) &&
      !isDue(row, now) &&
      !hasSeq(hidden, row.seq) &&
      (!before || comparePositions(row, before) < 0),
  );
  if (readable.length === 0) return [];
  const messages = await openMessages(cipher, readable, { accountId: userId, signal });
  return readable.filter((_, index) => isHit(messages[index] as Message));
}
