import { framesAgree } from './audio-frames.ts';

/** The types that a browser may show itself. HTML, SVG, XML and PDF are none of them: they can run scripts. */
export type InlineType =
  | 'image/jpeg'
  | 'image/png'
  | 'image/gif'
  | 'image/webp'
  | 'audio/mpeg'
  | 'audio/aac'
  | 'audio/wav'
  | 'audio/ogg'
  | 'audio/webm'
  | 'audio/mp4'
  | 'video/webm'
  | 'video/mp4';

/** Bytes of the start of a file that decide its type. */
export const SNIFFED_BYTES = 8 * 1024;

/** The first bytes in hex; a dot is any digit (WHATWG MIME Sniffing Standard §6.1, §6.2). */
const SIGNATURES: [RegExp, InlineType][] = [
  [/^ffd8ff/, 'image/jpeg'],
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^47494638(37|39)61/, 'image/gif'],
  [/^52494646.{8}574542505650/, 'image/webp'],
  [/^52494646.{8}57415645/, 'audio/wav'],
  [/^4f67675300/, 'audio/ogg'],
  [/^494433/, 'audio/mpeg'],
];

/** Brands of ISO media files that browsers play; not those of HEIC pictures or QuickTime. */
const MP4_BRAND = /^(mp4.|iso.|avc1|dash|M4[AVB] |mmp4|f4v )$/;

/** The type that the first bytes of a file show, by the standard's tables; undefined for every other content. */
export function sniff(bytes: Uint8Array): InlineType | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, SNIFFED_BYTES));
  const hex = start.toString('hex', 0, 16);
  const found = SIGNATURES.find(([signature]) => signature.test(hex))?.[1];
  return found ?? (isMp4(start) ? 'video/mp4' : isWebm(start) ? 'video/webm' : framesAgree(start));
}

/** What a file is served as: its content decides, its author only whether a container has pictures. Else undefined. */
export function inlineType(declared: string, bytes: Uint8Array): InlineType | undefined {
  const sniffed = sniff(bytes);
  const isSound = declared.startsWith('audio/');
  if (isSound && sniffed === 'video/mp4') return 'audio/mp4';
  if (isSound && sniffed === 'video/webm') return 'audio/webm';
  return sniffed;
}

/** WHATWG MIME Sniffing §6.2.1, with more brands: what browsers record has no brand that begins with mp4. */
function isMp4(bytes: Buffer): boolean {
  if (bytes.length < 12 || bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  const size = bytes.readUInt32BE(0);
  if (size < 12 || size > bytes.length || size % 4 !== 0) return false;
  const brands = [8];
  for (let at = 16; at < size; at += 4) brands.push(at);
  const [major = '', ...others] = brands.map((at) => bytes.toString('latin1', at, at + 4));
  if (/^(heic|heix|hevc|mif1|msf1|avif|avis|qt {2})$/.test(major)) return false;
  return [major, ...others].some((brand) => MP4_BRAND.test(brand));
}

/** WHATWG MIME Sniffing §6.2.2: an EBML header whose DocType is webm. */
function isWebm(bytes: Buffer): boolean {
  if (bytes.toString('hex', 0, 4) !== '1a45dfa3') return false;
  const at = bytes.subarray(0, 38).indexOf('4282', 4, 'hex');
  if (at < 0) return false;
  const sizeByte = bytes[at + 2] ?? 0;
  const from = at + 2 + Math.max(1, Math.clz32(sizeByte) - 23);
  const text = bytes.toString('latin1', from, from + 12);
  return /^\0*webm/.test(text);
}
