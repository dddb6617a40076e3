import { join } from 'node:path';
import { Low } from 'lowdb';
import type { Id } from '../../../wire/wire.ts';
import type { PageBudget, StoredMessage } from '../../store.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { zeroFill } from '../disk/zero-fill.ts';
import { type ConversationState, revOf } from '../state/conversation-state.ts';
import { AtomicWriteBatch, CorruptionError, PageFile, requireRevision } from './page-file.ts';

/** Number of messages in a page: seq 1 to 128 in the first, and so on. */
export const MESSAGES_A_PAGE = 128;
/** A file system commits files that are synced at the same time together; more at once would delay commits in its queue. */
const SYNCS_AT_ONCE = 8;
/** Limit of the page cache, in file bytes (design §4). */
const CACHE_BYTES = 24 * 2 ** 20;

export type MessagePage = { messages: StoredMessage[] };
/** A page to write: all its messages up to revision `asOf`, in the order of seq, from its first seq on. */
export type NewPage = { conversationId: Id; page: number; messages: StoredMessage[]; asOf: number };
/** By page that was written again with changes: the least revision that it must have been written at. */
export type PageRevisions = ReadonlyMap<number, number>;
type Cached = { messages: StoredMessage[]; bytes: number };

/** The number of the page that contains a seq. */
export const pageOf = (seq: number): number => Math.ceil(seq / MESSAGES_A_PAGE);

/** The message pages on the disk, with an LRU cache. */
export class MessagePages {
  private readonly disk: KeyedDisk;
  private readonly folder: string;
  private readonly maxBytes: number;
  /** Least recently used first. */
  private readonly cache = new Map<string, Cached>();
  private readonly reading = new Map<string, Promise<Cached>>();
  private cachedBytes = 0;

  constructor(disk: KeyedDisk, folder: string, maxBytes: number = CACHE_BYTES) {
    this.disk = disk;
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  /**
   * Messages with `from` ≤ seq ≤ `to`, all of which are in pages. `budget` pays for those that are not in memory. @throws CorruptionError when one is missing, or a page is
   * older than `revisions` says
   */
  async read(
    conversationId: Id,
    from: number,
    to: number,
    revisions: PageRevisions,
    budget?: PageBudget,
  ): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    for (let page = pageOf(from); page <= pageOf(to); page++) {
      const { messages } = await this.page(conversationId, page, revisions.get(page) ?? 0, budget);
      const first = (page - 1) * MESSAGES_A_PAGE + 1;
      const rows = messages.slice(Math.max(from, first) - first, to - first + 1);
      const wanted = Math.min(to, first + MESSAGES_A_PAGE - 1) - Math.max(from, first) + 1;
      if (rows.length !== wanted || rows.some(({ seq }, index) => seq !== Math.max(from, first) + index)) {
        throw new CorruptionError(this.path(conversationId, page), 0, 'messages are missing');
      }
      found.push(...rows);
    }
    return found;
  }

  /** Writes pages and makes them durable together. When it throws, none of its writes is still in progress. */
  async write(pages: NewPage[]): Promise<void> {
    const batch = new AtomicWriteBatch(this.disk);
    const written: [path: string, Cached][] = [];
    for (let start = 0; start < pages.length; start += SYNCS_AT_ONCE) {
      const staged = await Promise.allSettled(
        pages.slice(start, start + SYNCS_AT_ONCE).map(async ({ conversationId, page, messages, asOf }) => {
          await this.disk.makeFolder(join(this.folder, conversationId));
          const path = this.path(conversationId, page);
          const file = new PageFile<MessagePage>(this.disk, path, batch, asOf);
          await new Low<MessagePage>(file, { messages }).write();
          written.push([path, { messages, bytes: file.bytes }]);
        }),
      );
      for (const one of staged) if (one.status === 'rejected') throw one.reason;
    }
    await batch.publish();
    for (const [path, page] of written) {
      // A read in progress may return the old page, which must not enter the cache.
      this.reading.delete(path);
      this.putInCache(path, page);
    }
  }

  /** Erases all pages of a conversation: fills them with zeros, then removes them. */
  async erase(conversationId: Id): Promise<void> {
    const folder = join(this.folder, conversationId);
    const names = await this.disk.list(folder);
    if (names.length === 0) return;
    for (const path of names.map((name) => join(folder, name))) {
      await zeroFill(this.disk, path);
      await this.disk.remove(path);
      this.cachedBytes -= this.cache.get(path)?.bytes ?? 0;
      this.cache.delete(path);
      this.reading.delete(path);
    }
    await this.disk.syncFolder(folder);
  }

  private async page(
    conversationId: Id,
    page: number,
    leastRevision: number,
    budget: PageBudget | undefined,
  ): Promise<Cached> {
    const path = this.path(conversationId, page);
    const cached = this.cache.get(path);
    if (cached) {
      if (!budget?.skipsCache) {
        this.cache.delete(path);
        this.cache.set(path, cached);
      }
      return cached;
    }
    let reading = this.reading.get(path);
    if (!reading) {
      budget?.require?.();
      reading = this.load(path, leastRevision);
      this.reading.set(path, reading);
      const isNewest = () => this.reading.get(path) === reading;
      const isCached = ({ bytes }: Cached) => bytes > 0 && !budget?.skipsCache;
      reading.then(
        (loaded) =>
          isNewest() && this.reading.delete(path) && isCached(loaded) && this.putInCache(path, loaded),
        () => isNewest() && this.reading.delete(path),
      );
      budget?.count((await reading).bytes);
    }
    return reading;
  }

  private async load(path: string, leastRevision: number): Promise<Cached> {
    const file = new PageFile<MessagePage>(this.disk, path);
    const db = new Low<MessagePage>(file, { messages: [] });
    await db.read();
    if (file.bytes > 0) requireRevision(file, leastRevision, this.disk.authenticator.revision);
    return { messages: db.data.messages, bytes: file.bytes };
  }

  private putInCache(path: string, page: Cached): void {
    this.cachedBytes += page.bytes - (this.cache.get(path)?.bytes ?? 0);
    this.cache.delete(path);
    this.cache.set(path, page);
    for (const [oldest, { bytes }] of this.cache) {
      if (this.cachedBytes <= this.maxBytes) break;
      this.cache.delete(oldest);
      this.cachedBytes -= bytes;
    }
  }

  private path(conversationId: Id, page: number): string {
    return join(this.folder, conversationId, `${String(page).padStart(4, '0')}.json`);
  }
}

/** Messages of a conversation with `from` ≤ seq ≤ `to` as they are now, oldest first. */
export async function readRange(
  pages: MessagePages,
  { header, paged, tail, overlay, pageRevisions }: ConversationState,
  from: number,
  to: number,
  budget?: PageBudget,
): Promise<StoredMessage[]> {
  if (to < from) return [];
  // The tail is read before the pages: a checkpoint in between removes rows from the tail once they are in pages.
  const unpaged = tail.slice(Math.max(0, from - paged - 1), Math.max(0, to - paged));
  if (from > paged) return unpaged;
  const changed = overlay.size === 0 ? overlay : new Map(overlay);
  const fromPages = await pages.read(header.id, from, Math.min(to, paged), pageRevisions, budget);
  return [
    ...(changed.size === 0 ? fromPages : fromPages.map((row) => newer(row, changed.get(row.seq)))),
    ...unpaged,
  ];
}

function newer(row: StoredMessage, changed: StoredMessage | undefined): StoredMessage {
  return changed && revOf(changed) >= revOf(row) ? changed : row;
}
