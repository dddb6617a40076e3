import type { Cipher, Context, Sealed } from '../../src/cipher/cipher.ts';
import { fakeFileCipher } from './fake-file-cipher.ts';

/** A cipher in memory, for tests: it checks bindings and hides nothing. While `failure` is set, seals and opens throw it. */
export function fakeCipher(): Cipher & { calls: { seal: number; open: number }; failure: Error | undefined } {
  let nonce = 0;
  const calls = { seal: 0, open: 0 };
  const encode = (text: string, binding: Context): Sealed => {
    nonce += 1;
    return {
      v: 1,
      kid: 'fake',
      content: Buffer.from(JSON.stringify([nonce, text, binding])).toString('base64'),
    };
  };
  const cipher = {
    calls,
    failure: undefined as Error | undefined,
    seal: async (text: string, binding: Context) => {
      calls.seal += 1;
      if (cipher.failure) throw cipher.failure;
      return encode(text, binding);
    },
    openMany: async (rows: { sealed: Sealed; binding: Context }[]) => {
      calls.open += 1;
      if (cipher.failure) throw cipher.failure;
      return rows.map(({ sealed, binding }) => {
        const [, text, bound] = JSON.parse(Buffer.from(sealed.content, 'base64').toString());
        return JSON.stringify(bound) === JSON.stringify(binding) ? (text as string) : undefined;
      });
    },
    ...fakeFileCipher(),
    forget: () => {},
    load: () => 0,
    isUp: async () => cipher.failure === undefined,
    close: () => {},
  };
  return cipher;
}
