import { isUtf8 } from 'node:buffer';

const MARKS: [bytes: number[], encoding: string][] = [
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * The text of a file: UTF-8, or UTF-16 that begins with its mark, as PowerShell writes it.
 * @throws a sentence with the place of the first byte that is neither: nothing is read as another text than it was
 */
export function decodeText(bytes: Buffer): string {
  const [, encoding = 'utf-8'] = MARKS.find(([mark]) => mark.every((byte, at) => bytes[at] === byte)) ?? [];
  if (encoding === 'utf-8' && !isUtf8(bytes)) throw notUtf8(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error('The file begins as UTF-16 and is not: save it as UTF-8.');
  }
}

function notUtf8(bytes: Buffer): Error {
  const at = firstBad(bytes);
  const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
  return new Error(
    `The file is not UTF-8: byte ${at + 1}, in line ${line}, is no part of it. It may be in Latin-1 or another encoding: save it as UTF-8, for example by iconv -f latin1 -t utf8.`,
  );
}

/** Where the first character begins that is none (RFC 3629). */
function firstBad(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return bytes.length - 1;
}
