/** Enough for speech; ten minutes are 19 MB of memory. */
const SAMPLE_RATE = 16_000;
const HEADER_BYTES = 44;

/**
 * The sound of a file as WAV, which every media element plays. Web Audio decodes Opus in WebM in Safari since 15, its
 * media elements only since 17 (iOS: 17.4, and from memory 17.5). Rejects when Web Audio does not decode it either.
 */
export async function toWav(blob: Blob): Promise<Blob> {
  const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  return encodeWav(sound.getChannelData(0), sound.sampleRate);
}

/** One channel of samples (-1 to 1) as 16-bit PCM in a RIFF file. */
export function encodeWav(samples: Float32Array, sampleRate: number): Blob {
  const bytes = samples.length * 2;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + bytes));
  const text = (at: number, letters: string) => {
    for (const [index, letter] of [...letters].entries()) view.setUint8(at + index, letter.charCodeAt(0));
  };
  const number = (at: number, value: number) => view.setUint32(at, value, true);
  text(0, 'RIFF');
  number(4, HEADER_BYTES - 8 + bytes);
  text(8, 'WAVEfmt ');
  number(16, 16);
  // PCM, one channel.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  number(24, sampleRate);
  number(28, sampleRate * 2);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  number(40, bytes);
  for (const [index, sample] of samples.entries()) {
    view.setInt16(HEADER_BYTES + index * 2, Math.max(-1, Math.min(1, sample)) * 0x7fff, true);
  }
  return new Blob([view], { type: 'audio/wav' });
}
