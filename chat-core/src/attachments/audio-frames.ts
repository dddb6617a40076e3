/** Kilobits a second of the layers of MPEG audio by the index in a frame's header (ISO 11172-3, ISO 13818-3). */
const V1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const V2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES_HZ = [44_100, 48_000, 32_000];

/** Two frames one after the other are no coincidence (WHATWG MIME Sniffing §6.2.4). */
export function framesAgree(bytes: Buffer): 'audio/mpeg' | 'audio/aac' | undefined {
  if (twoFrames(bytes, mp3FrameBytes)) return 'audio/mpeg';
  return twoFrames(bytes, adtsFrameBytes) ? 'audio/aac' : undefined;
}

function twoFrames(bytes: Buffer, sizeAt: (bytes: Buffer, at: number) => number): boolean {
  const first = sizeAt(bytes, 0);
  return first > 0 && sizeAt(bytes, first) > 0;
}

/** Bytes of the MP3 frame (layer III) at an offset; 0 where there is none. */
function mp3FrameBytes(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) return 0;
  const head = bytes.readUInt32BE(at);
  const [sync, version, layer] = [head >>> 21, (head >>> 19) & 3, (head >>> 17) & 3];
  if (sync !== 0x7ff || version === 1 || layer !== 1) return 0;
  const kbps = (version === 3 ? V1 : V2)[(head >>> 12) & 15] ?? 0;
  const hz = (RATES_HZ[(head >>> 10) & 3] ?? 0) / { 3: 1, 2: 2, 0: 4 }[version as 0 | 2 | 3];
  if (kbps === 0 || hz === 0) return 0;
  return Math.floor(((version === 3 ? 144 : 72) * kbps * 1000) / hz) + ((head >>> 9) & 1);
}

/** Bytes of the ADTS frame of AAC (ISO 13818-7 §6.2) at an offset; 0 where there is none. */
function adtsFrameBytes(bytes: Buffer, at: number): number {
  if (at + 7 > bytes.length) return 0;
  const isSync = bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xf6) === 0xf0;
  if (!isSync || (((bytes[at + 2] ?? 0) >>> 2) & 15) > 12) return 0;
  const size = (bytes.readUInt32BE(at + 3) >>> 13) & 0x1fff;
  return size >= 7 ? size : 0;
}
