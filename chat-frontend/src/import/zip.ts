/** A file in a zip. `path` is its name there, which is compared and shown, and never used as a path. */
export type ZipEntry = { path: string; size: number; open(maxBytes: number): Promise<Blob> };

export type ZipFault = 'damaged' | 'encrypted' | 'tooLarge' | 'unsupported';
/** A zip that cannot be read, or that is not what an export is. */
export class ZipError extends Error {
  override name = 'ZipError';
  readonly fault: ZipFault;
  constructor(fault: ZipFault) {
    super(fault);
    this.fault = fault;
  }
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
/** The comment of a zip is at most so long. */
const MAX_COMMENT = 0xffff;
const MAX_ENTRIES = 50_000;
const MAX_DIRECTORY_BYTES = 32 * 2 ** 20;
/** Deflate makes nothing smaller than a thousandth (1:1032): what says so is not honest about its size. */
const MAX_RATIO = 1_100;

/**
 * The files of a zip (APPNOTE 6.3.10: stored and deflated entries, Zip64), from its directory at the end: nothing is unpacked until
 * it is opened, and then no more than the directory says. @throws ZipError
 */
export async function openZip(file: Blob): Promise<ZipEntry[]> {
  const { count, bytes, offset } = await findDirectory(file);
  if (count > MAX_ENTRIES || bytes > MAX_DIRECTORY_BYTES) throw new ZipError('tooLarge');
  const view = await read(file, offset, bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0, n = 0; n < count; n++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY) throw new ZipError('damaged');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    ) as [number, number, number];
    const end = at + 46 + nameBytes + extraBytes + commentBytes;
    if (end > view.byteLength) throw new ZipError('damaged');
    const entry = entryAt(file, view, at, nameBytes, extraBytes);
    if (!entry.path.endsWith('/')) entries.push(entry);
    at = end;
  }
  return entries;
}

type Place = { flags: number; method: number; packed: number; size: number; offset: number };

function entryAt(file: Blob, view: DataView, at: number, nameBytes: number, extraBytes: number): ZipEntry {
  const name = new Uint8Array(view.buffer, view.byteOffset + at + 46, nameBytes);
  const place = withZip64(view, at + 46 + nameBytes, extraBytes, {
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  });
  return {
    path: new TextDecoder().decode(name),
    size: place.size,
    open: (maxBytes) => unpack(file, place, maxBytes),
  };
}

/** Numbers that do not fit 32 bits stand in the extra field 1, those that do are left out there. */
function withZip64(view: DataView, from: number, bytes: number, place: Place): Place {
  const full = { ...place };
  for (let at = from; at + 4 <= from + bytes; ) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    let field = at + 4;
    const end = Math.min(field + length, from + bytes);
    for (const key of id === 1 ? (['size', 'packed', 'offset'] as const) : []) {
      if (place[key] !== 0xffffffff || field + 8 > end) continue;
      full[key] = number64(view, field);
      field += 8;
    }
    at += 4 + length;
  }
  return full;
}

async function unpack(
  file: Blob,
  { flags, method, packed, size, offset }: Place,
  maxBytes: number,
): Promise<Blob> {
  if (flags & 1) throw new ZipError('encrypted');
  if (size > maxBytes || size > packed * MAX_RATIO + 1_000) throw new ZipError('tooLarge');
  const local = await read(file, offset, 30);
  if (local.getUint32(0, true) !== LOCAL) throw new ZipError('damaged');
  const start = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const content = file.slice(start, start + packed);
  if (content.size !== packed) throw new ZipError('damaged');
  if (method === 0) {
    if (packed !== size) throw new ZipError('damaged');
    return content;
  }
  if (method !== 8) throw new ZipError('unsupported');
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  const reader = content.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      total += value.byteLength;
      if (total > size) throw new ZipError('tooLarge');
      parts.push(value);
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    throw cause instanceof ZipError ? cause : new ZipError('damaged');
  }
  if (total !== size) throw new ZipError('damaged');
  return new Blob(parts);
}

async function findDirectory(file: Blob): Promise<{ count: number; bytes: number; offset: number }> {
  const tail = await read(file, Math.max(0, file.size - END_BYTES - MAX_COMMENT), END_BYTES + MAX_COMMENT);
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw new ZipError('damaged');
  const found = {
    count: tail.getUint16(at + 10, true),
    bytes: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const isLarge = found.count === 0xffff || found.bytes === 0xffffffff || found.offset === 0xffffffff;
  if (isLarge && at >= 20 && tail.getUint32(at - 20, true) === LOCATOR_64) {
    const end = await read(file, number64(tail, at - 12), 56);
    if (end.byteLength < 56 || end.getUint32(0, true) !== END_64) throw new ZipError('damaged');
    return { count: number64(end, 32), bytes: number64(end, 40), offset: number64(end, 48) };
  }
  return found;
}

/** Bytes of the file, as many as there are. @throws ZipError when there are none */
async function read(file: Blob, from: number, bytes: number): Promise<DataView> {
  if (from < 0 || from >= file.size) throw new ZipError('damaged');
  const buffer = await file.slice(from, from + bytes).arrayBuffer();
  if (buffer.byteLength < Math.min(bytes, 30) && from > 0) throw new ZipError('damaged');
  return new DataView(buffer);
}

function number64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
