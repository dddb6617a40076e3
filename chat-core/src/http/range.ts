/** Bytes of a representation: from `start` on, up to and without `end`. */
export type ByteRange = { start: number; end: number };

/**
 * The one range that a Range header asks for, of a representation of `size` bytes (RFC 9110 §14.1.2, §14.2). Undefined
 * where the header is to be ignored: absent, malformed, of another unit or with several ranges; `unsatisfiable` where it
 * names no byte of the representation.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
