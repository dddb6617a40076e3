/** A value at a time in hours. */
export type Sample = { hours: number; value: number };

/** How fast a value grows per hour, by least squares, with its 95 % confidence interval. */
export type Slope = { perHour: number; low: number; high: number };

const NONE: Slope = { perHour: Number.NaN, low: Number.NaN, high: Number.NaN };
/** Student's t of 97.5 % for 1, 2, … 10 degrees of freedom; beyond them 1.96 + 2.5 ÷ degrees, within 1 % of it. */
const T975 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

/**
 * Fits a line. The memory of a process at one moment resembles that of the moment before, so the samples count for fewer
 * than they are: n (1 − r) ÷ (1 + r), where r is the autocorrelation of neighbouring residuals. NaN for fewer than four.
 */
export function slopeOf(samples: Sample[]): Slope {
  const n = samples.length;
  if (n < 4) return NONE;
  const [meanHours, mean] = [meanOf(samples.map(({ hours }) => hours)), meanOf(samples.map((s) => s.value))];
  const spread = sum(samples.map(({ hours }) => (hours - meanHours) ** 2));
  if (spread === 0) return NONE;
  const perHour = sum(samples.map(({ hours, value }) => (hours - meanHours) * (value - mean))) / spread;
  const residuals = samples.map(({ hours, value }) => value - mean - perHour * (hours - meanHours));
  const squares = sum(residuals.map((one) => one ** 2));
  const neighbours = sum(residuals.slice(1).map((one, index) => one * (residuals[index] ?? 0)));
  const r = squares === 0 ? 0 : Math.min(0.99, Math.max(0, neighbours / squares));
  const effective = Math.max(3, (n * (1 - r)) / (1 + r));
  const error = Math.sqrt(squares / (effective - 2) / ((spread * effective) / n));
  const half = studentT(effective - 2) * error;
  return { perHour, low: perHour - half, high: perHour + half };
}

const studentT = (degrees: number): number => T975[Math.floor(degrees) - 1] ?? 1.96 + 2.5 / degrees;
const sum = (values: number[]): number => values.reduce((total, one) => total + one, 0);
const meanOf = (values: number[]): number => sum(values) / values.length;
