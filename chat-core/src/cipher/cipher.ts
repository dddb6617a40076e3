import type {
  Binding,
  Context,
  FileBinding,
  FileChunks,
  Keys,
  ProfileBinding,
  Sealed,
} from '../../../cipher-service/src/wire.ts';
import { CHUNK_BYTES } from '../wire/attachments.ts';
import type { Id } from '../wire/wire.ts';
import type { Requester } from './batcher.ts';

export type { Binding, Context, FileBinding, FileChunks, Keys, ProfileBinding, Requester, Sealed };

/** Bytes by which a sealed chunk is longer: a nonce prefix of 7 and a tag of 16. */
export const SEALED_EXTRA_BYTES = 23;

/** Whether an item of an answer of cipher-service has the form of a ciphertext. */
export function hasSealedForm(item: unknown): item is Sealed {
  const { v, kid, content } = (item ?? {}) as Record<string, unknown>;
  return v === 1 && typeof kid === 'string' && typeof content === 'string';
}

/** Where byte `offset` of a file, the start of a chunk or its end, is in its sealed file. */
export function sealedOffset(offset: number): number {
  return offset + Math.ceil(offset / CHUNK_BYTES) * SEALED_EXTRA_BYTES;
}

/** The calls of chat-core to cipher-service. */
export interface Cipher {
  /** @throws ApiError CIPHER_UNAVAILABLE */
  seal(text: string, binding: Context): Promise<Sealed>;
  /**
   * The texts in order, undefined where a row does not open. The accounts that request them take turns.
   * @throws ApiError CIPHER_UNAVAILABLE, TOO_MANY_REQUESTS, MALFORMED_REQUEST when the requester's signal aborted
   */
  openMany(
    rows: { sealed: Sealed; binding: Context }[],
    requester?: Requester,
  ): Promise<(string | undefined)[]>;
  /** A new random key for a file, wrapped. @throws ApiError CIPHER_UNAVAILABLE */
  newFileKey(binding: FileBinding): Promise<Sealed>;
  /**
   * Seals up to 256 KiB of a file, in any pieces: chunks of 64 KiB, the last of the file may be shorter. Each becomes
   * SEALED_EXTRA_BYTES longer. @throws ApiError CIPHER_UNAVAILABLE
   */
  sealChunks(chunks: FileChunks, plain: readonly Uint8Array[]): Promise<Buffer>;
  /** Opens what sealChunks has sealed; undefined when a chunk does not open. @throws ApiError CIPHER_UNAVAILABLE */
  openChunks(chunks: FileChunks, sealed: Uint8Array): Promise<Buffer | undefined>;
  /** The data keys: the one that seals, and those that only open. @throws ApiError CIPHER_UNAVAILABLE */
  keys(): Promise<Keys>;
  /**
   * The same texts, or wrapped keys of files, sealed with the newest key, in order; undefined where one does not open. The
   * texts stay in cipher-service. @throws ApiError CIPHER_UNAVAILABLE
   */
  resealMany(
    rows: { sealed: Sealed; binding: Context; isFileKey: boolean }[],
  ): Promise<(Sealed | undefined)[]>;
  /**
   * Removes the plain texts of these ciphertexts from caches: their messages were edited, deleted or have expired; and those of
   * all messages of a conversation that was deleted.
   */
  forget(contents: string[], conversationId?: Id): void;
  /** How full the queue is: 0 empty, 1 refuses more. */
  load(): number;
  /** Whether cipher-service answers now. */
  isUp(): Promise<boolean>;
  close(): void;
}
