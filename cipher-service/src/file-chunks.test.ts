import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { oracleDecrypt, oracleEncrypt, oracleFields } from '../test/support/oracle.ts';
import { secret } from './derive.ts';
import { DidNotOpen, RequestRefused } from './errors.ts';
import { CHUNK_BYTES, openChunks, type Place, sealChunks } from './file-chunks.ts';

const EXTRA = 23;
const SEALED = CHUNK_BYTES + EXTRA;
const FILE = '2f1b6c1e-9d34-4a0f-8c57-3e1d5b7a9c20';
const raw = randomBytes(32);
const key = secret(Buffer.from(raw));

const place = (index: number, isLast = false, fileId = FILE): Place => ({ fileId, index, isLast });

/** A whole file, sealed in parts of up to four chunks, as one buffer. */
function sealFile(plain: Buffer, partChunks = 4): Buffer {
  const parts: Buffer[] = [];
  for (let from = 0; from < plain.length; from += partChunks * CHUNK_BYTES) {
    const part = plain.subarray(from, from + partChunks * CHUNK_BYTES);
    parts.push(sealChunks(key, place(from / CHUNK_BYTES, from + part.length === plain.length), part));
  }
  return Buffer.concat(parts);
}

/** Opens a sealed file chunk by chunk, as a reader who trusts its length. */
function openFile(sealed: Buffer, fileId = FILE, by = key): Buffer {
  const opened: Buffer[] = [];
  for (let from = 0; from < sealed.length; from += SEALED) {
    const chunk = sealed.subarray(from, from + SEALED);
    const isLast = from + chunk.length === sealed.length;
    opened.push(openChunks(by, place(from / SEALED, isLast, fileId), chunk));
  }
  return Buffer.concat(opened);
}

const chunksOf = (sealed: Buffer) =>
  Array.from({ length: Math.ceil(sealed.length / SEALED) }, (_, n) =>
    sealed.subarray(n * SEALED, (n + 1) * SEALED),
  );

describe('a sealed file', () => {
  it.each([
    1,
    2,
    15,
    16,
    17,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    4 * CHUNK_BYTES,
    9 * CHUNK_BYTES + 5,
  ])('a file of %d bytes opens to what was sealed, however it was cut into parts', (size) => {
    const plain = randomBytes(size);
    for (const partChunks of [1, 3, 4]) {
      const sealed = sealFile(plain, partChunks);
      expect(sealed.length).toBe(size + EXTRA * Math.ceil(size / CHUNK_BYTES));
      expect(openFile(sealed).equals(plain)).toBe(true);
    }
  });

  it('a file that is cut, longer, in another order or with a chunk twice does not open', () => {
    const sealed = sealFile(randomBytes(5 * CHUNK_BYTES));
    const [a, b, c, d, e] = chunksOf(sealed) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    const other = chunksOf(sealFile(randomBytes(5 * CHUNK_BYTES)))[1] ?? Buffer.alloc(0);
    expect(openFile(Buffer.concat([a, b, c, d, e])).length).toBe(5 * CHUNK_BYTES);
    const wrong = {
      'without its end': [a, b, c, d],
      'without its start': [b, c, d, e],
      'without a chunk': [a, b, d, e],
      'with a chunk of itself after its end': [a, b, c, d, e, e],
      'with a chunk twice': [a, b, b, c, d, e],
      'with two chunks swapped': [a, c, b, d, e],
      'with its end cut': [a, b, c, d, e.subarray(0, -1)],
      'with one byte more': [a, b, c, d, Buffer.concat([e, Buffer.of(0)])],
    };
    for (const [what, chunks] of Object.entries(wrong)) {
      expect(() => openFile(Buffer.concat(chunks)), what).toThrow(DidNotOpen);
    }
    // At its own place, a chunk of an earlier sealing of the same place opens: only who holds the key can have made it.
    expect(openFile(Buffer.concat([a, other, c, d, e])).length).toBe(5 * CHUNK_BYTES);
  });

  it('a chunk opens neither in another file nor with another key', () => {
    const sealed = sealFile(randomBytes(100));
    const others = [
      () => openFile(sealed, FILE.replace('2', '3')),
      () => openFile(sealed, FILE, createSecretKey(randomBytes(32))),
    ];
    for (const open of others) expect(open).toThrow(DidNotOpen);
  });

  it('a chunk with any bit changed does not open', () => {
    const sealed = sealFile(randomBytes(40));
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(() => openFile(changed)).toThrow(DidNotOpen);
    }
  });

  it('a part in which one chunk does not open gives no bytes of the others', () => {
    const sealed = sealFile(randomBytes(4 * CHUNK_BYTES));
    sealed[2 * SEALED + 9] = (sealed[2 * SEALED + 9] ?? 0) ^ 1;
    expect(() => openChunks(key, place(0, true), sealed)).toThrow(DidNotOpen);
  });

  it('bytes that are no whole chunks, none, more than four or beyond the counter are refused', () => {
    const refused = [
      () => sealChunks(key, place(0), Buffer.alloc(CHUNK_BYTES - 1)),
      () => sealChunks(key, place(0, true), Buffer.alloc(0)),
      () => sealChunks(key, place(0, true), Buffer.alloc(4 * CHUNK_BYTES + 1)),
      () => sealChunks(key, place(2 ** 24), Buffer.alloc(CHUNK_BYTES)),
      () => openChunks(key, place(0), Buffer.alloc(SEALED - 1)),
      () => openChunks(key, place(0, true), Buffer.alloc(EXTRA)),
      () => openChunks(key, place(0, true), Buffer.alloc(0)),
      () => openChunks(key, place(0), Buffer.alloc(5 * SEALED)),
    ];
    for (const call of refused) expect(call).toThrow(RequestRefused);
  });

  it('a chunk that is sealed again at the same place gets another nonce', () => {
    const prefixes = new Set<string>();
    for (let n = 0; n < 1000; n++) {
      const sealed = sealChunks(key, place(3), Buffer.alloc(CHUNK_BYTES));
      prefixes.add(sealed.toString('hex', 0, 7));
    }
    expect(prefixes.size).toBe(1000);
  });
});

describe('a second implementation', () => {
  const nonceOf = (prefix: Buffer, index: number, isLast: boolean) =>
    Buffer.concat([prefix, Buffer.of(0, 0, index >> 8, index & 255, isLast ? 1 : 0)]);
  const aad = oracleFields(['bisik/file-chunk/1', FILE]);

  it('a second implementation opens what is sealed here', () => {
    const plain = randomBytes(CHUNK_BYTES + 300);
    const chunks = chunksOf(sealFile(plain));
    const opened = chunks.map((chunk, index) => {
      const nonce = nonceOf(chunk.subarray(0, 7), index, index === chunks.length - 1);
      return oracleDecrypt(raw, Buffer.concat([nonce, chunk.subarray(7)]), aad) ?? Buffer.alloc(0);
    });
    expect(Buffer.concat(opened).equals(plain)).toBe(true);
  });

  it('what a second implementation seals opens here', () => {
    const prefix = randomBytes(7);
    const plain = randomBytes(500);
    const sealed = Buffer.concat([prefix, oracleEncrypt(raw, nonceOf(prefix, 300, true), aad, plain)]);
    expect(openChunks(key, place(300, true), sealed).equals(plain)).toBe(true);
    expect(() => openChunks(key, place(44, true), sealed)).toThrow(DidNotOpen);
  });
});
