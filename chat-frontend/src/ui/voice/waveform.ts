/** The parts of a waveform, a hexadecimal digit each. */
const PARTS = 64;
const HIGHEST = 15;
/** Silence is not amplified: a recording without a louder level has a low waveform. */
const QUIET = 0.02;

/** The waveform of a recording from its levels (0 to 1), measured at equal distances: the loudest of each part. */
export function toWaveform(levels: readonly number[]): string {
  const loudest = levels.reduce((max, level) => Math.max(max, level), QUIET);
  return Array.from({ length: PARTS }, (_, part) => {
    const from = Math.floor((part * levels.length) / PARTS);
    const to = Math.max(from + 1, Math.floor(((part + 1) * levels.length) / PARTS));
    const level = levels.slice(from, to).reduce((max, one) => Math.max(max, one), 0);
    // The square root shows quiet speech too: loudness is perceived roughly so (Stevens 1957).
    return Math.round(HIGHEST * Math.sqrt(level / loudest)).toString(16);
  }).join('');
}

/** The heights of the bars of a waveform, 0 to 1. A message without one has a flat line. */
export function toBars(waveform: string | undefined): number[] {
  return [...(waveform || '0'.repeat(PARTS))].map((digit) => Number.parseInt(digit, 16) / HIGHEST);
}

/** The path of an SVG of `width` × 1 units: one vertical stroke per bar, around the middle. */
export function barsPath(bars: readonly number[], width: number): string {
  const step = width / bars.length;
  return bars
    .map((bar, index) => {
      const half = 0.06 + bar * 0.42;
      return `M${((index + 0.5) * step).toFixed(2)} ${(0.5 - half).toFixed(2)}V${(0.5 + half).toFixed(2)}`;
    })
    .join('');
}
