import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

/** A file of a zip. Its name has slashes between folders. What is compressed already is only wrapped. */
export type ZipFile = { path: string; isCompressed?: boolean; bytes: AsyncIterable<Uint8Array> };

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const ENTRY = 0x02014b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END = 0x06054b50;
/** Version 2.0, and 4.5 for Zip64. */
const VERSION = 20;
const VERSION_64 = 45;
/** Sizes and checksum follow the content (bit 3); names are UTF-8 (bit 11). */
const FLAGS = 0x0808;
const DEFLATED = 8;
const MAX_16 = 0xffff;
const MAX_32 = 0xffff_ffff;
const TEXT_LEVEL = 4;

type Tally = { crc: number; size: number; packed: number };

/**
 * A zip of these files in pieces (APPNOTE 6.3.10), each written while it is read: in memory are a few pieces and the directory, some
 * hundred bytes a file. `at` is the time of all files, by UTC. A file has up to 4 GiB; where one begins may be further.
 * @throws Error for a larger file, and what the files throw
 */
export async function* zip(files: AsyncIterable<ZipFile>, at: Date): AsyncGenerator<Buffer> {
  const time = dosTime(at);
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const { path, isCompressed, bytes } of files) {
    const name = Buffer.from(path);
    const tally: Tally = { crc: 0, size: 0, packed: 0 };
    const begin = offset;
    const header = localHeader(name, time);
    yield header;
    for await (const piece of deflate(bytes, isCompressed ? 0 : TEXT_LEVEL, tally)) yield piece;
    if (tally.size > MAX_32 || tally.packed > MAX_32)
      throw new Error('a file is too large for its place in a zip');
    const descriptor = numbers([4, DESCRIPTOR], [4, tally.crc], [4, tally.packed], [4, tally.size]);
    yield descriptor;
    offset += header.length + tally.packed + descriptor.length;
    directory.push(entry(name, time, tally, begin));
  }
  const bytes = directory.reduce((sum, { length }) => sum + length, 0);
  yield* directory;
  yield ending(directory.length, bytes, offset);
}

async function* deflate(
  bytes: AsyncIterable<Uint8Array>,
  level: number,
  tally: Tally,
): AsyncGenerator<Buffer> {
  async function* counted() {
    for await (const piece of bytes) {
      tally.crc = crc32(piece, tally.crc);
      tally.size += piece.length;
      yield piece;
    }
  }
  const packed = createDeflateRaw({ level, chunkSize: 64 * 1024 });
  // What fails destroys the stream, and whoever reads it learns of it.
  pipeline(Readable.from(counted(), { highWaterMark: 1 }), packed, () => {});
  for await (const piece of packed as AsyncIterable<Buffer>) {
    tally.packed += piece.length;
    yield piece;
  }
}

function localHeader(name: Buffer, time: number): Buffer {
  const fields = numbers(
    ...([
      [4, LOCAL],
      [2, VERSION],
      [2, FLAGS],
      [2, DEFLATED],
      [4, time],
    ] as const),
    ...([
      [4, 0],
      [4, 0],
      [4, 0],
      [2, name.length],
      [2, 0],
    ] as const),
  );
  return Buffer.concat([fields, name]);
}

function entry(name: Buffer, time: number, { crc, size, packed }: Tally, offset: number): Buffer {
  const isFar = offset >= MAX_32;
  const extra = isFar ? numbers([2, 1], [2, 8], [8, offset]) : Buffer.alloc(0);
  const fields = numbers(
    ...([
      [4, ENTRY],
      [2, VERSION_64],
      [2, isFar ? VERSION_64 : VERSION],
      [2, FLAGS],
      [2, DEFLATED],
    ] as const),
    ...([
      [4, time],
      [4, crc],
      [4, packed],
      [4, size],
      [2, name.length],
      [2, extra.length],
    ] as const),
    ...([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, Math.min(offset, MAX_32)],
    ] as const),
  );
  return Buffer.concat([fields, name, extra]);
}

/** What follows the directory of `count` files, which has so many bytes from this offset on. */
export function ending(
  count: number,
  bytes: number,
  offset: number,
  isLarge = count >= MAX_16 || offset >= MAX_32,
): Buffer {
  const end64 = numbers(
    ...([
      [4, END_64],
      [8, 44],
      [2, VERSION_64],
      [2, VERSION_64],
      [4, 0],
      [4, 0],
    ] as const),
    ...([
      [8, count],
      [8, count],
      [8, bytes],
      [8, offset],
    ] as const),
    ...([
      [4, LOCATOR_64],
      [4, 0],
      [8, offset + bytes],
      [4, 1],
    ] as const),
  );
  const short = Math.min(count, MAX_16);
  const end = numbers(
    ...([
      [4, END],
      [2, 0],
      [2, 0],
      [2, short],
      [2, short],
    ] as const),
    ...([
      [4, bytes],
      [4, Math.min(offset, MAX_32)],
      [2, 0],
    ] as const),
  );
  return isLarge ? Buffer.concat([end64, end]) : end;
}

/** Little-endian numbers of so many bytes each. */
function numbers(...fields: (readonly [2 | 4 | 8, number])[]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}

/** Two seconds and more, from 1980 on: the time in the lower half, the date in the upper one. */
function dosTime(at: Date): number {
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  const year = Math.max(0, at.getUTCFullYear() - 1980);
  return ((((year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()) << 16) | time) >>> 0;
}
