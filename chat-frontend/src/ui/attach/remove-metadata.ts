/**
 * A picture without what it says about its place, time and device: the metadata of JPEG (Exif, XMP, IPTC, comments and
 * whatever follows the picture), PNG and WebP. What the picture shows stays the same, with its colours and the side that
 * is up. Other types are returned as they are, and so is what cannot be read.
 */
export async function removeMetadata(file: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = partsOf(bytes);
  return parts ? new Blob(parts as BlobPart[], { type: file.type }) : file;
}

function partsOf(bytes: Uint8Array): Uint8Array[] | undefined {
  if (matches(bytes, 0, '\xff\xd8\xff')) return jpegParts(bytes);
  if (matches(bytes, 0, '\x89PNG\r\n\x1a\n')) return pngParts(bytes);
  if (matches(bytes, 0, 'RIFF') && matches(bytes, 8, 'WEBP')) return webpParts(bytes);
  return undefined;
}

const matches = (bytes: Uint8Array, from: number, text: string) =>
  [...text].every((character, index) => bytes[from + index] === character.charCodeAt(0));

const [SOS, EOI, APP0, APP1, APP2, APP15, COMMENT] = [0xda, 0xd9, 0xe0, 0xe1, 0xe2, 0xef, 0xfe];
/** Of the application segments only these are needed to show the colours: JFIF, the ICC profile, and Adobe's transform. */
const NEEDED_SEGMENTS: Record<number, string> = { [APP0]: 'JFIF\0', [APP2]: 'ICC_PROFILE\0', 238: 'Adobe' };

/** ITU-T T.81 annex B: segments up to the end of the image; after each SOS follows coded data. */
function jpegParts(bytes: Uint8Array): Uint8Array[] | undefined {
  const kept = [bytes.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  for (;;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === EOI) break;
    // Fill bytes may stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const dataEnd = at + 2 + length;
    if (length < 2 || dataEnd > bytes.length) return undefined;
    const end = marker === SOS ? endOfCoded(bytes, dataEnd) : dataEnd;
    const isApplication = (marker >= APP0 && marker <= APP15) || marker === COMMENT;
    const needed = NEEDED_SEGMENTS[marker];
    if (!isApplication || (needed && matches(bytes, at + 4, needed))) kept.push(bytes.subarray(at, end));
    else if (marker === APP1 && matches(bytes, at + 4, 'Exif\0\0'))
      orientation = orientationOf(bytes.subarray(at + 10, dataEnd)) ?? orientation;
    at = end;
    // A file that was cut off ends within the coded data.
    if (at >= bytes.length) break;
  }
  if (orientation !== 1) kept.splice(1, 0, exifOf(orientation));
  return [...kept, Uint8Array.of(0xff, EOI)];
}

/** Where coded data ends: at a marker that is no restart and no escaped FF. */
function endOfCoded(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length - 1; at += 1) {
    const next = bytes[at + 1] ?? 0;
    if (bytes[at] === 0xff && next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

const ORIENTATION_TAG = 0x0112;

/** The orientation of an Exif block (CIPA DC-008), 1 to 8. */
function orientationOf(exif: Uint8Array): number | undefined {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  try {
    const isLittle = view.getUint16(0) === 0x4949;
    const directory = view.getUint32(4, isLittle);
    const count = view.getUint16(directory, isLittle);
    for (let index = 0; index < count; index += 1) {
      const entry = directory + 2 + index * 12;
      if (view.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue;
      const value = view.getUint16(entry + 8, isLittle);
      return value >= 1 && value <= 8 ? value : undefined;
    }
  } catch {
    // Shorter than it says.
  }
  return undefined;
}

/** An APP1 segment with an orientation and nothing else. */
function exifOf(orientation: number): Uint8Array {
  const head = [0xff, APP1, 0, 34, ...[...'Exif\0\0'].map((character) => character.charCodeAt(0))];
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1];
  const entry = [ORIENTATION_TAG >> 8, ORIENTATION_TAG & 255, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
  return Uint8Array.from([...head, ...tiff, ...entry, 0, 0, 0, 0]);
}

/** W3C PNG: chunks of length, type, data and checksum; nothing after IEND. */
function pngParts(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return undefined;
    if (!['eXIf', 'tEXt', 'zTXt', 'iTXt', 'tIME'].some((type) => matches(bytes, at + 4, type)))
      kept.push(bytes.subarray(at, end));
    if (matches(bytes, at + 4, 'IEND')) return kept;
    at = end;
  }
  return undefined;
}

const [EXIF_FLAG, XMP_FLAG] = [0x08, 0x04];

/** RFC 9649 §2.7: RIFF chunks, padded to an even length; VP8X says which there are. */
function webpParts(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [];
  const riffEnd = Math.min(bytes.length, 8 + view.getUint32(4, true));
  for (let at = 12; at + 8 <= riffEnd; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    if (end > bytes.length) return undefined;
    if (matches(bytes, at, 'VP8X')) {
      const extended = bytes.slice(at, end);
      extended[8] = (extended[8] ?? 0) & ~(EXIF_FLAG | XMP_FLAG);
      kept.push(extended);
    } else if (!matches(bytes, at, 'EXIF') && !matches(bytes, at, 'XMP ')) kept.push(bytes.subarray(at, end));
    at = end;
  }
  const header = bytes.slice(0, 12);
  const size = 4 + kept.reduce((sum, part) => sum + part.length, 0);
  new DataView(header.buffer).setUint32(4, size, true);
  return [header, ...kept];
}
