import type { Binding, Context, ProfileBinding, Sealed } from '../../../cipher-service/src/wire.ts';

export type { Binding, Context, ProfileBinding, Sealed };

/** What chat-core asks of cipher-service. */
export interface Cipher {
  /** @throws ApiError CIPHER_UNAVAILABLE */
  seal(text: string, binding: Context): Promise<Sealed>;
  /** The texts in order, undefined where a row does not open. @throws ApiError CIPHER_UNAVAILABLE */
  openMany(rows: { sealed: Sealed; binding: Context }[]): Promise<(string | undefined)[]>;
  /** Nothing is remembered of these ciphertexts any more: what they said was edited or deleted. */
  forget(contents: string[]): void;
  /** How full the queue to it is: 0 empty, 1 refuses more. */
  load(): number;
  /** Whether cipher-service answers now. */
  isUp(): Promise<boolean>;
  close(): void;
}
