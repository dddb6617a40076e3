import { type Cipher, SEALED_EXTRA_BYTES } from '../../src/cipher/cipher.ts';

const CHUNK_BYTES = 64 * 1024;

/**
 * The part of a cipher in memory for files: it checks key, binding, place and end of each chunk, and hides nothing. It has
 * one data key.
 */
export function fakeFileCipher(): Pick<
  Cipher,
  'newFileKey' | 'sealChunks' | 'openChunks' | 'keys' | 'resealMany'
> {
  const mark = (index: number, isLast: boolean) => {
    const bytes = Buffer.alloc(SEALED_EXTRA_BYTES);
    bytes.write(`${index} ${isLast}`);
    return bytes;
  };
  const split = (bytes: Uint8Array, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      bytes.subarray(n * size, (n + 1) * size),
    );
  return {
    keys: async () => ({ newest: 'fake', older: [] }),
    resealMany: async (rows) => rows.map(({ sealed }) => sealed),
    newFileKey: async (binding) => ({
      v: 1,
      kid: 'fake',
      content: Buffer.from(JSON.stringify(binding)).toString('base64'),
    }),
    sealChunks: async ({ index, isLast }, plain) =>
      Buffer.concat(
        split(Buffer.concat(plain), CHUNK_BYTES).flatMap((chunk, n, { length }) => [
          mark(index + n, isLast && n === length - 1),
          chunk,
        ]),
      ),
    openChunks: async ({ key, binding, index, isLast }, sealed) => {
      if (Buffer.from(key.content, 'base64').toString() !== JSON.stringify(binding)) return undefined;
      const chunks = split(sealed, CHUNK_BYTES + SEALED_EXTRA_BYTES);
      const opens = chunks.every((chunk, n) =>
        mark(index + n, isLast && n === chunks.length - 1).equals(chunk.subarray(0, SEALED_EXTRA_BYTES)),
      );
      return opens ? Buffer.concat(chunks.map((chunk) => chunk.subarray(SEALED_EXTRA_BYTES))) : undefined;
    },
  };
}
