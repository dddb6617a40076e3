import { isUtf8 } from 'node:buffer';

const BYTE_ORDER_MARKS: [bytes: number[], encoding: string][] = [
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * The text of a file: UTF-8, or UTF-16 with a byte order mark, as PowerShell writes it.
 * @throws Error with the position of the first invalid byte, so that nothing is imported as another text than it was
 */
export function decodeText(bytes: Buffer): string {
  const [, encoding = 'utf-8'] =
    BYTE_ORDER_MARKS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? [];
  if (encoding === 'utf-8' && !isUtf8(bytes)) throw notUtf8(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error('The file begins as UTF-16 and is not: save it as UTF-8.');
  }
}

function notUtf8(bytes: Buffer): Error {
  const position = firstInvalid(bytes);
  const line = bytes.subarray(0, position).filter((byte) => byte === 0x0a).length + 1;
  return new Error(
    `The file is not UTF-8: byte ${position + 1}, in line ${line}, is no part of it. It may be in Latin-1 or another encoding: save it as UTF-8, for example by iconv -f latin1 -t utf8.`,
  );
}

/** The index of the first byte sequence that is no character (RFC 3629). */
function firstInvalid(bytes: Buffer): number {
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index] ?? 0;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length > 1 && !isUtf8(bytes.subarray(index, index + length))) return index;
    index += length;
  }
  return bytes.length - 1;
}
