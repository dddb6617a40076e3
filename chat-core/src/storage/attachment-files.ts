import type { Id } from '../wire/wire.ts';

/** Names a file. The files of a deleted group are removed with it. */
export type FileRef = { conversationId: Id; id: Id };

/**
 * The sealed bytes of files, a part of its own of the storage port, so that another backend can hold them elsewhere. A
 * file grows until it is finished, and then never changes. Bytes are durable when a call resolves.
 * @throws ApiError DISK_FULL or STORAGE_UNAVAILABLE when they could not be written; what was durable before stays. The second one
 *   also when they cannot be read, because they are on another machine that does not answer
 */
export interface AttachmentFiles {
  /** The bytes of a file that may be read: 0 without one. After a power cut the last part of an unfinished one may be wrong. */
  size(ref: FileRef): Promise<number>;
  /** Whether a file is finished, which is then durable. */
  isFinished(ref: FileRef): Promise<boolean>;
  /**
   * Writes `bytes` at `offset`, which is at most the size; what was there from `offset` on counts no more. Creates the file
   * with its first bytes. Writes to one file must not overlap, nor overlap its removal.
   * @throws Error when it is finished, or `offset` is above its size
   */
  write(ref: FileRef, offset: number, bytes: Uint8Array): Promise<void>;
  /** Ends the growth of a file, of which all bytes are durable then. Repeating it changes nothing. */
  finish(ref: FileRef): Promise<void>;
  /** Up to `length` bytes from `offset` on; undefined when there is no such file. */
  read(ref: FileRef, offset: number, length: number): Promise<Buffer | undefined>;
  /** Removes a file, finished or not. Repeating it changes nothing. */
  remove(ref: FileRef): Promise<void>;
  /** Bytes of the volume: those that it has room for, and all of them. */
  space(): Promise<{ free: number; total: number; freeFiles?: number }>;
}

/** Files that several cores share, with what housekeeping needs. */
export interface SharedFiles extends AttachmentFiles {
  /** Removes all files of a conversation. Repeating it changes nothing. */
  removeAll(conversationId: Id): Promise<void>;
  /** All files, finished or not, some of one conversation at a time; one may come twice. */
  list(): AsyncIterable<FileRef[]>;
}
