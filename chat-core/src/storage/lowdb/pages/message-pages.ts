import { join } from 'node:path';
import { Low } from 'lowdb';
import type { Id } from '../../../wire/wire.ts';
import type { StoredMessage } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { type ConversationState, revOf } from '../state/conversation-state.ts';
import { AtomicWriteBatch, CorruptionError, PageFile } from './page-file.ts';

/** Messages of one page: seq 1 to 128 in the first, and so on. */
export const MESSAGES_A_PAGE = 128;
/** A file system commits files that are synced at the same time in one go; more would keep its queue from commits. */
const SYNCS_AT_ONCE = 8;
/** File bytes of pages kept in memory (design §4). */
const CACHE_BYTES = 24 * 2 ** 20;

export type MessagePage = { messages: StoredMessage[] };
/** All messages of a page so far, one after the other from its first seq. */
export type NewPage = { conversationId: Id; page: number; messages: StoredMessage[] };
type Cached = { messages: StoredMessage[]; bytes: number };

/** The page that holds a seq. */
export const pageOf = (seq: number): number => Math.ceil(seq / MESSAGES_A_PAGE);

/** Message pages on the disk, the most recently used ones in memory. */
export class MessagePages {
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly maxBytes: number;
  /** In the order of use, the longest unused first. */
  private readonly cache = new Map<string, Cached>();
  private readonly reading = new Map<string, Promise<Cached>>();
  private cachedBytes = 0;

  constructor(disk: Disk, folder: string, maxBytes: number = CACHE_BYTES) {
    this.disk = disk;
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  /** Messages with `from` ≤ seq ≤ `to`, all of which are in pages. @throws CorruptionError when one is missing */
  async read(conversationId: Id, from: number, to: number): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    for (let page = pageOf(from); page <= pageOf(to); page++) {
      const { messages } = await this.page(conversationId, page);
      const first = (page - 1) * MESSAGES_A_PAGE + 1;
      const rows = messages.slice(Math.max(from, first) - first, to - first + 1);
      const wanted = Math.min(to, first + MESSAGES_A_PAGE - 1) - Math.max(from, first) + 1;
      if (rows.length !== wanted || rows.some(({ seq }, at) => seq !== Math.max(from, first) + at)) {
        throw new CorruptionError(this.path(conversationId, page), 0, 'messages are missing');
      }
      found.push(...rows);
    }
    return found;
  }

  /** Writes pages and makes them durable together. No write of theirs is under way any more when it throws. */
  async write(pages: NewPage[]): Promise<void> {
    const group = new AtomicWriteBatch(this.disk);
    const written: [path: string, Cached][] = [];
    for (let at = 0; at < pages.length; at += SYNCS_AT_ONCE) {
      const staged = await Promise.allSettled(
        pages.slice(at, at + SYNCS_AT_ONCE).map(async ({ conversationId, page, messages }) => {
          await this.disk.makeFolder(join(this.folder, conversationId));
          const path = this.path(conversationId, page);
          const file = new PageFile<MessagePage>(this.disk, path, group);
          await new Low<MessagePage>(file, { messages }).write();
          written.push([path, { messages, bytes: file.bytes }]);
        }),
      );
      for (const one of staged) if (one.status === 'rejected') throw one.reason;
    }
    await group.publish();
    for (const [path, page] of written) {
      // Who is still reading has the page as it was: it must not be kept.
      this.reading.delete(path);
      this.keep(path, page);
    }
  }

  private async page(conversationId: Id, page: number): Promise<Cached> {
    const path = this.path(conversationId, page);
    const cached = this.cache.get(path);
    if (cached) {
      this.cache.delete(path);
      this.cache.set(path, cached);
      return cached;
    }
    let reading = this.reading.get(path);
    if (!reading) {
      reading = this.load(path);
      this.reading.set(path, reading);
      const isNewest = () => this.reading.get(path) === reading;
      reading.then(
        (loaded) => isNewest() && this.reading.delete(path) && loaded.bytes > 0 && this.keep(path, loaded),
        () => isNewest() && this.reading.delete(path),
      );
    }
    return reading;
  }

  private async load(path: string): Promise<Cached> {
    const file = new PageFile<MessagePage>(this.disk, path);
    const db = new Low<MessagePage>(file, { messages: [] });
    await db.read();
    return { messages: db.data.messages, bytes: file.bytes };
  }

  private keep(path: string, page: Cached): void {
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
  { header, paged, tail, overlay }: ConversationState,
  from: number,
  to: number,
): Promise<StoredMessage[]> {
  if (to < from) return [];
  // Taken before the pages are read: a checkpoint meanwhile moves rows from here to there.
  const young = tail.slice(Math.max(0, from - paged - 1), Math.max(0, to - paged));
  if (from > paged) return young;
  const changed = overlay.size === 0 ? overlay : new Map(overlay);
  const older = await pages.read(header.id, from, Math.min(to, paged));
  return [...(changed.size === 0 ? older : older.map((row) => newer(row, changed.get(row.seq)))), ...young];
}

function newer(row: StoredMessage, changed: StoredMessage | undefined): StoredMessage {
  return changed && revOf(changed) >= revOf(row) ? changed : row;
}
