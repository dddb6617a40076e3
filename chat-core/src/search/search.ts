import type { Cipher } from '../cipher/cipher.ts';
import { isReadable, requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { isDeleted, openMessagesFor } from '../messages/message.ts';
import { isDue } from '../storage/expiry-queues.ts';
import { type Conversation, isOpenArchive, type Store, type StoredMessage } from '../storage/store.ts';
import type { Id, SearchPage } from '../wire/wire.ts';
import { matchesAll, readTerms, searchableTexts } from './match.ts';
import { formatCursor, readCursor } from './position.ts';
import type { RecentTexts } from './recent-texts.ts';
import { type Places, type ScanLimits, scanBackwards, UNCACHED } from './scan.ts';
import type { FoundRow } from './text-block.ts';

/** A page of hits; a page that has fewer ends after these rows or this time, and its cursor continues. */
export const SEARCH_LIMITS: ScanLimits = { hits: 20, rows: 50_000, ms: 2000 };
/** Searches that may go on where they were: the page asks for the next part at once. */
const MAX_RESUMABLE = 4;

/** `cipher` neither caches nor charges for what it opens: a search opens far more than a person reads. `texts` keeps some. */
export type SearchDeps = {
  store: Store;
  cipher: Cipher;
  texts?: RecentTexts | undefined;
  limits?: ScanLimits;
};
type Input = { q: string; conversationId?: Id | undefined; before?: string | undefined };

/** The messages of a person that match, in one conversation or all, newest first. */
export class Searches {
  private readonly deps: SearchDeps;
  /** By what the next request asks, the newest last. A lost one costs its search some reads. */
  private readonly resumable = new Map<string, Places>();

  constructor(deps: SearchDeps) {
    this.deps = deps;
  }

  /**
   * One page. `signal` ends the work when no one waits for it.
   * @throws ApiError INVALID_REQUEST (nothing to search for), INVALID_CURSOR, NOT_MEMBER, CIPHER_UNAVAILABLE
   */
  async search(userId: Id, input: Input, signal: AbortSignal): Promise<SearchPage> {
    const { limits = SEARCH_LIMITS } = this.deps;
    const terms = readTerms(input.q);
    if (terms.length === 0)
      throw new ApiError('INVALID_REQUEST', { detail: 'Search for a letter, a digit or a symbol.' });
    const before = input.before === undefined ? undefined : readCursor(input.before);
    const keyOf = (cursor: string) => JSON.stringify([userId, input.conversationId, input.q, cursor]);
    const places = input.before === undefined ? undefined : this.takePlaces(keyOf(input.before));
    const conversations = await this.conversationsOf(userId, input.conversationId);
    const scan = await scanBackwards(
      this.deps,
      { userId, conversations, before, places, terms },
      limits,
      signal,
    );
    const rows = await this.stillReadable(userId, scan.hits);
    const opened = await openMessagesFor(this.deps, userId, rows, signal);
    // A message may have been edited since its text was read.
    const hits = opened.filter((one) => !one.hidden && matchesAll(terms, searchableTexts(one)));
    if (!scan.end) return { hits };
    const cursor = formatCursor(scan.end);
    if (scan.places) this.savePlaces(keyOf(cursor), scan.places);
    return { hits, before: cursor, ...(scan.endTime !== undefined && { searchedTo: scan.endTime }) };
  }

  private async conversationsOf(userId: Id, conversationId: Id | undefined): Promise<Conversation[]> {
    const { store } = this.deps;
    if (conversationId !== undefined) return [await requireMember(store, userId, { conversationId })];
    // Of an import that is not done, no client knows the conversation.
    return (await store.conversationsOf(userId)).filter((one) => !isOpenArchive(one));
  }

  /** The rows as they are now: some may have been deleted, or the person may have left, while others were searched. */
  private async stillReadable(userId: Id, found: FoundRow[]): Promise<StoredMessage[]> {
    const { store } = this.deps;
    const conversations = new Map((await store.conversationsOf(userId)).map((one) => [one.id, one]));
    const rows: StoredMessage[] = [];
    for (const { conversationId, seq } of found) {
      const row = await store.message(conversationId, seq, UNCACHED);
      const conversation = conversations.get(conversationId);
      const isGone = !row || isDeleted(row) || isDue(row, store.time);
      if (!isGone && conversation && isReadable(conversation, userId, row)) rows.push(row);
    }
    return rows;
  }

  private takePlaces(key: string): Places | undefined {
    const places = this.resumable.get(key);
    this.resumable.delete(key);
    return places;
  }

  private savePlaces(key: string, places: Places): void {
    this.resumable.set(key, places);
    for (const oldest of this.resumable.keys()) {
      if (this.resumable.size <= MAX_RESUMABLE) break;
      this.resumable.delete(oldest);
    }
  }
}
