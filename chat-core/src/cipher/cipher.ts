import type { Binding, Context, ProfileBinding, Sealed } from '../../../cipher-service/src/wire.ts';

export type { Binding, Context, ProfileBinding, Sealed };

/** The calls of chat-core to cipher-service. */
export interface Cipher {
  /** @throws ApiError CIPHER_UNAVAILABLE */
  seal(text: string, binding: Context): Promise<Sealed>;
  /** The texts in order, undefined where a row does not open. @throws ApiError CIPHER_UNAVAILABLE */
  openMany(rows: { sealed: Sealed; binding: Context }[]): Promise<(string | undefined)[]>;
  /** Removes the plain texts of these ciphertexts from caches: the messages were edited or deleted. */
  forget(contents: string[]): void;
  /** How full the queue is: 0 empty, 1 refuses more. */
  load(): number;
  /** Whether cipher-service answers now. */
  isUp(): Promise<boolean>;
  close(): void;
}
