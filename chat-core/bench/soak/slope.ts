/** A value at a time in hours. */
export type Sample = { hours: number; value: number };

/** How fast a value grows per hour, by least squares, with its 95 % confidence interval. */
export type Slope = { perHour: number; low: number; high: number };

const NONE: Slope = { perHour: Number.NaN, low: Number.NaN, high: Number.NaN };
/** Batches of the samples, and Student's t of 97.5 % for two fewer degrees of freedom. */
const BATCHES = 10;
const T975 = 2.31;
/** With fewer samples there is no slope. */
export const MIN_SAMPLES = 2 * BATCHES;

/**
 * Fits a line to the means of ten batches of the samples. The memory of a process at one moment resembles that of the moment
 * before, so single samples would give too narrow an interval; means of minutes are nearly independent (the method of batch
 * means). NaN for fewer than twenty samples.
 */
export function slopeOf(samples: Sample[]): Slope {
  if (samples.length < MIN_SAMPLES) return NONE;
  const edges = Array.from({ length: BATCHES + 1 }, (_, n) => Math.round((n * samples.length) / BATCHES));
  const means = edges.slice(1).map((end, n) => {
    const batch = samples.slice(edges[n], end);
    return { hours: meanOf(batch.map(({ hours }) => hours)), value: meanOf(batch.map((s) => s.value)) };
  });
  const [meanHours, mean] = [meanOf(means.map(({ hours }) => hours)), meanOf(means.map((s) => s.value))];
  const spread = sum(means.map(({ hours }) => (hours - meanHours) ** 2));
  if (spread === 0) return NONE;
  const perHour = sum(means.map(({ hours, value }) => (hours - meanHours) * (value - mean))) / spread;
  const squares = sum(means.map(({ hours, value }) => (value - mean - perHour * (hours - meanHours)) ** 2));
  const half = T975 * Math.sqrt(squares / (BATCHES - 2) / spread);
  return { perHour, low: perHour - half, high: perHour + half };
}

const sum = (values: number[]): number => values.reduce((total, one) => total + one, 0);
const meanOf = (values: number[]): number => sum(values) / values.length;
