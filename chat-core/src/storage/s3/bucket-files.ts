import { LRUCache } from 'lru-cache';
import { ApiError } from '../../errors.ts';
import type { Id } from '../../wire/wire.ts';
import type { FileRef, SharedFiles } from '../attachment-files.ts';
import type { Bucket } from './bucket.ts';
import { BucketRefusal, BucketUnreachable } from './bucket-error.ts';
import {
  coverOf,
  locate,
  type Part,
  type Parts,
  partKey,
  readManifest,
  readPartKey,
  sizeOf,
  withPart,
  writeManifest,
} from './file-parts.ts';

/** The object that ends a file. */
const MANIFEST = 'finished';
/** Unfinished files whose parts are known without asking the bucket. */
const MAX_GROWING = 1000;
/** Parts of finished files that are remembered, some 60 bytes each. */
const MAX_PARTS = 100_000;

type Found = { parts: Parts; isFinished: boolean };

/**
 * The sealed bytes of files in a bucket, which several cores share: `<conversation>/<id>/<start>-<end>`, an object for each
 * write, and `<conversation>/<id>/finished`, which names those that make the file (decision 0074). No object is ever replaced by one
 * that holds other bytes of its file, and none is removed before the file is.
 */
export class BucketFiles implements SharedFiles {
  private readonly bucket: Bucket;
  private readonly warn: (message: string, details: Record<string, unknown>) => void;
  private readonly growing = new LRUCache<string, Parts>({ max: MAX_GROWING });
  private readonly finished = new LRUCache<string, Parts>({
    maxSize: MAX_PARTS,
    sizeCalculation: (parts) => parts.length,
  });

  constructor(bucket: Bucket, warn: (message: string, details: Record<string, unknown>) => void) {
    this.bucket = bucket;
    this.warn = warn;
  }

  size(ref: FileRef): Promise<number> {
    return this.refusing(async () => sizeOf((await this.find(ref))?.parts ?? []));
  }

  isFinished(ref: FileRef): Promise<boolean> {
    // Another core may have removed what is remembered here.
    return this.refusing(async () => (await this.readFinished(ref)) !== undefined);
  }

  write(ref: FileRef, offset: number, bytes: Uint8Array): Promise<void> {
    return this.refusing(async () => {
      const found = (await this.findInMemory(ref)) ?? (await this.listParts(ref));
      if (found?.isFinished) throw new Error('a finished file does not change');
      const parts = found?.parts ?? [];
      if (offset > sizeOf(parts)) throw new Error('a file has no holes');
      const part = { start: offset, end: offset + bytes.length };
      // Whether it was stored is not known after an error: the bucket is asked again.
      this.growing.delete(folderOf(ref));
      await this.bucket.put(keyOf(ref, partKey(part)), bytes);
      this.growing.set(folderOf(ref), withPart(parts, part));
    });
  }

  finish(ref: FileRef): Promise<void> {
    return this.refusing(async () => {
      const found = (await this.findInMemory(ref)) ?? (await this.listParts(ref));
      if (found?.isFinished) return;
      if (!found) throw new Error('there is no such file');
      await this.bucket.put(keyOf(ref, MANIFEST), writeManifest(found.parts));
      this.remember(ref, found.parts);
    });
  }

  read(ref: FileRef, offset: number, length: number): Promise<Buffer | undefined> {
    return this.refusing(async () => {
      for (let attempt = 1; ; attempt++) {
        const found = await this.find(ref);
        if (!found) return undefined;
        const pieces = await this.readPieces(ref, found.parts, offset, length);
        if (pieces) return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
        // What was remembered is not there: another core has removed it.
        this.forget(ref);
        if (attempt === 2) return undefined;
      }
    });
  }

  remove(ref: FileRef): Promise<void> {
    return this.removeBelow(folderOf(ref), () => this.forget(ref));
  }

  /** Removes all files of a conversation. */
  removeAll(conversationId: Id): Promise<void> {
    return this.removeBelow(`${conversationId}/`, (keys) => {
      for (const key of keys) {
        const folder = key.slice(0, key.lastIndexOf('/') + 1);
        this.growing.delete(folder);
        this.finished.delete(folder);
      }
    });
  }

  /** All files, finished or not, some of one conversation at a time; what else is in the bucket is none. */
  async *list(): AsyncGenerator<FileRef[]> {
    for await (const page of this.bucket.list('')) {
      const byConversation = new Map<Id, Map<Id, FileRef>>();
      for (const { key } of page) {
        const [conversationId = '', id = '', name = '', ...more] = key.split('/');
        if (more.length > 0 || (name !== MANIFEST && !readPartKey(name))) continue;
        const files = byConversation.get(conversationId) ?? new Map<Id, FileRef>();
        byConversation.set(conversationId, files.set(id, { conversationId, id }));
      }
      for (const files of byConversation.values()) yield [...files.values()];
    }
  }

  /** A bucket has no end: quotas are what limits files. */
  async space(): Promise<{ free: number; total: number }> {
    return { free: Number.MAX_SAFE_INTEGER, total: Number.MAX_SAFE_INTEGER };
  }

  private async find(ref: FileRef): Promise<Found | undefined> {
    return (await this.findInMemory(ref)) ?? (await this.readFinished(ref)) ?? (await this.listParts(ref));
  }

  private async findInMemory(ref: FileRef): Promise<Found | undefined> {
    const finished = this.finished.get(folderOf(ref));
    if (finished) return { parts: finished, isFinished: true };
    const growing = this.growing.get(folderOf(ref));
    return growing && { parts: growing, isFinished: false };
  }

  private async readFinished(ref: FileRef): Promise<Found | undefined> {
    const bytes = await this.bucket.get(keyOf(ref, MANIFEST));
    if (!bytes) {
      this.finished.delete(folderOf(ref));
      return undefined;
    }
    const parts = readManifest(bytes);
    this.remember(ref, parts);
    return { parts, isFinished: true };
  }

  private async listParts(ref: FileRef): Promise<Found | undefined> {
    const all: Part[] = [];
    for await (const page of this.bucket.list(folderOf(ref))) {
      const names = page.map(({ key }) => key.slice(folderOf(ref).length));
      if (names.includes(MANIFEST)) return this.readFinished(ref);
      all.push(...names.flatMap((name) => readPartKey(name) ?? []));
    }
    const parts = coverOf(all);
    if (parts.length === 0) return undefined;
    this.growing.set(folderOf(ref), parts);
    return { parts, isFinished: false };
  }

  private async readPieces(
    ref: FileRef,
    parts: Parts,
    offset: number,
    length: number,
  ): Promise<Buffer[] | undefined> {
    const pieces = await Promise.all(
      locate(parts, offset, length).map(({ part, range }) => {
        const isWhole = range.start === 0 && range.end === part.end - part.start;
        return this.bucket.get(keyOf(ref, partKey(part)), isWhole ? undefined : range);
      }),
    );
    return pieces.every((piece) => piece !== undefined) ? pieces : undefined;
  }

  private async removeBelow(prefix: string, forget: (keys: string[]) => void): Promise<void> {
    return this.refusing(async () => {
      // A page is removed before the next is read: the key from which a list goes on need not be there.
      for await (const page of this.bucket.list(prefix)) {
        const keys = page.map(({ key }) => key);
        forget(keys);
        await this.bucket.remove(keys);
      }
      forget([]);
    });
  }

  private remember(ref: FileRef, parts: Parts): void {
    this.growing.delete(folderOf(ref));
    this.finished.set(folderOf(ref), parts);
  }

  private forget(ref: FileRef): void {
    this.growing.delete(folderOf(ref));
    this.finished.delete(folderOf(ref));
  }

  /** Turns an error of the bucket into the refusal that the client may read. */
  private async refusing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof BucketUnreachable || cause instanceof BucketRefusal)) throw cause;
      this.warn('the store of files failed', { reason: cause.message });
      const detail =
        'The files of messages cannot be reached at the moment. Nothing was changed; texts still go.';
      throw new ApiError('STORAGE_UNAVAILABLE', { detail, cause, retryAfter: 5 });
    }
  }
}

function folderOf({ conversationId, id }: FileRef): string {
  return `${conversationId}/${id}/`;
}

function keyOf(ref: FileRef, name: string): string {
  return folderOf(ref) + name;
}
