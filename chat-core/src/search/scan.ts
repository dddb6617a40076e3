import type { Cipher } from '../cipher/cipher.ts';
import { isReadable } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { isDeleted, openMessages } from '../messages/message.ts';
import { isDue } from '../storage/expiry-queues.ts';
import { fromSeqOf } from '../storage/rows.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Conversation, PageBudget, Store, StoredMessage } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { searchableTexts } from './match.ts';
import { NewestHits } from './newest-hits.ts';
import { comparePositions, type Position } from './position.ts';
import type { RecentTexts } from './recent-texts.ts';
import { type FoundRow, TextBlock } from './text-block.ts';

/** Rows that are read and opened together: those of one page of the storage, which begin at seq 1, 129, 257… */
const ROWS_AT_ONCE = 128;
/** Reads that are opened while the next are read: cipher-service and this process then work at the same time. */
const MAX_OPENING = 3;
/** After this other requests have their turns. */
const MAX_TURN_MS = 1;
/** Its rate limit pays for a search, and its pages do not drive others out of the cache. */
export const UNCACHED: PageBudget = { count: () => {}, skipsCache: true };

/** Where a search goes on in a conversation: with the rows up to `seq`, all of them older than `bound`. */
export type Place = { bound: Position; seq: number | undefined; timestamp?: number | undefined };
/** Where to go on at once: by conversation, none left out, with the hits that are older than the last page. */
export type Places = { sources: ReadonlyMap<Id, Place>; hits: readonly FoundRow[] };
type Source = Place & { conversation: Conversation };

/** Hits of a page, and the rows and milliseconds after which a scan ends with fewer. */
export type ScanLimits = { hits: number; rows: number; ms: number };
export type Scan = {
  /** Newest first: all hits that there are down to `end`. */
  hits: FoundRow[];
  /** Where the next scan begins; undefined when everything was searched. */
  end?: Position;
  /** The time of the message at `end`, where it is known. */
  endTime?: number | undefined;
  /** Where the next scan may go on at once; without them it has to find the places again. */
  places?: Places;
};
/** `texts` keeps what was opened for the next search; without it nothing is kept. */
type ScanDeps = { store: Store; cipher: Cipher; texts?: RecentTexts | undefined };
type Search = {
  userId: Id;
  conversations: Conversation[];
  before: Position | undefined;
  places: Places | undefined;
  /** What the message must have, folded (`readTerms`). */
  terms: readonly string[];
};

/**
 * Reads conversations backwards, the newest message of all of them first, and opens what the person may read, until it
 * has `limits.hits` hits or has used up the rows or the time. In memory are a few pages, the hits, and recent texts.
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
  const hits = new NewestHits(limits.hits, search.places?.hits);
  const opening: Promise<void>[] = [];
  let rowsRead = 0;
  let turnBegan = started;
  const isOver = () => {
    const next = sources.at(-1);
    if (!next || hits.areNewerThan(next.bound)) return true;
    // Each scan gets further than the one before, however long that takes.
    if (before && comparePositions(next.bound, before) >= 0) return false;
    return rowsRead >= limits.rows || performance.now() - started >= limits.ms;
  };
  const addHits = async (conversation: Conversation, block: TextBlock) => {
    for (const row of await readableMatches(deps.store, search, conversation, block)) hits.add(row);
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
    const { conversation } = source;
    const range = await rangeOf(deps.store, source, search);
    const recent = range && deps.texts?.find(search.userId, conversation.id, range);
    if (range && recent) {
      rowsRead += range.lastSeq - range.firstSeq + 1;
      insertOlder(sources, source, recent.row(0), range.fromSeq);
      await addHits(conversation, recent);
    } else if (range) {
      const keep = deps.texts?.beginReading();
      const rows = await readRows(deps.store, conversation, range);
      rowsRead += rows.length;
      const [oldest] = rows;
      if (!oldest) continue;
      insertOlder(sources, source, oldest, range.fromSeq);
      const opened = openTexts(deps, search.userId, conversation, rows, signal).then((block) => {
        keep?.(search.userId, range.fromSeq, block);
        return addHits(conversation, block);
      });
      // It is awaited later, or never when another one fails first.
      opened.catch(() => {});
      opening.push(opened);
    }
    if (performance.now() - turnBegan < MAX_TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnBegan = performance.now();
  }
  return resultOf(search, sources, hits);
}

function resultOf({ conversations }: Search, sources: Source[], { rows, max, hasDropped }: NewestHits): Scan {
  const next = sources.at(-1);
  const newest = rows.slice(0, max);
  const hits = next ? newest.filter((row) => comparePositions(row, next.bound) >= 0) : newest;
  const last = hits.length === max ? hits.at(-1) : undefined;
  const end = last && (next || rows.length > max) ? positionOf(last) : next?.bound;
  if (!end) return { hits };
  // Of those that are not among the sources any more, everything was read.
  const places = new Map<Id, Place>(conversations.map(({ id }) => [id, { bound: end, seq: 0 }]));
  for (const { conversation, ...place } of sources) places.set(conversation.id, place);
  return {
    hits,
    end,
    endTime: last ? last.timestamp : next?.timestamp,
    ...(!hasDropped && { places: { sources: places, hits: rows.slice(hits.length) } }),
  };
}

function positionOf({ rev, conversationId, seq }: Position): Position {
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
  const known = places?.sources.get(id);
  if (known) return { conversation, ...known };
  const newest = { rev, conversationId: id, seq: lastSeq + 1 };
  if (!before) return { conversation, bound: newest, seq: lastSeq };
  return { conversation, bound: comparePositions(newest, before) < 0 ? newest : before, seq: undefined };
}

/** Rows of a page of the storage, and the oldest that the person may read. */
type Range = { firstSeq: number; lastSeq: number; fromSeq: number };

/** The next rows of a source, down to the start of a page; undefined when there are none that the person may read. */
async function rangeOf(store: Store, source: Source, { userId, before }: Search): Promise<Range | undefined> {
  const { conversation } = source;
  // The rows of the commit of `before` are among them, and left out of the hits.
  source.seq ??= before ? await store.lastSeqAt(conversation.id, before.rev, UNCACHED) : 0;
  const lastSeq = source.seq;
  const fromSeq = fromSeqOf(conversation, userId);
  if (lastSeq < Math.max(1, fromSeq)) return undefined;
  return { firstSeq: lastSeq - ((lastSeq - 1) % ROWS_AT_ONCE), lastSeq, fromSeq };
}

function readRows(
  store: Store,
  { id }: Conversation,
  { firstSeq, lastSeq }: Range,
): Promise<StoredMessage[]> {
  return store.messages(id, { before: lastSeq + 1, limit: lastSeq - firstSeq + 1, budget: UNCACHED });
}

/** Inserts the source as it is after it was read down to this row, unless the person may read no older ones. */
function insertOlder(sources: Source[], { conversation }: Source, oldest: FoundRow, fromSeq: number): void {
  const { seq, timestamp } = oldest;
  if (seq <= fromSeq) return;
  insert(sources, { conversation, bound: positionOf(oldest), seq: seq - 1, timestamp });
}

/** The texts of those of the rows that the person may read. */
async function openTexts(
  { store, cipher }: ScanDeps,
  userId: Id,
  conversation: Conversation,
  rows: StoredMessage[],
  signal: AbortSignal,
): Promise<TextBlock> {
  const hidden = await store.hiddenOf(conversation.id, userId);
  const readable = rows.filter(
    (row) =>
      isReadable(conversation, userId, row) &&
      !row.event &&
      !isDeleted(row) &&
      !isDue(row, store.time) &&
      !hasSeq(hidden, row.seq),
  );
  const messages = await openMessages(cipher, readable, { accountId: userId, signal });
  const texts = new Map(messages.map((message) => [message.seq, searchableTexts(message)]));
  return new TextBlock(rows, ({ seq }) => texts.get(seq) ?? []);
}

/** Those of a block that match, are older than where the search goes on, and that the person may read now. */
async function readableMatches(
  store: Store,
  { userId, before, terms }: Search,
  conversation: Conversation,
  block: TextBlock,
): Promise<FoundRow[]> {
  const found = block.matches(terms).map((index) => block.row(index));
  if (found.length === 0) return [];
  const hidden = await store.hiddenOf(conversation.id, userId);
  return found.filter(
    (row) =>
      isReadable(conversation, userId, row) &&
      !hasSeq(hidden, row.seq) &&
      (!before || comparePositions(row, before) < 0),
  );
}
