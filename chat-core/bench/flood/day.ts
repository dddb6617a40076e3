/** The share of all people who are there at each hour of a day, from midnight on: a night, a noon and a long evening. */
const SHARES = [
  0.1, 0.05, 0.02, 0.02, 0.02, 0.08, 0.25, 0.4, 0.35, 0.3, 0.3, 0.35, 0.5, 0.45, 0.35, 0.35, 0.4, 0.5, 0.65,
  0.85, 0.9, 0.8, 0.5, 0.25,
];
const HOURS = SHARES.length;

/** The share of people who are there at an hour of the day, which may have a fraction; straight lines in between. */
export function shareAt(hour: number): number {
  const [from, to] = [Math.floor(hour) % HOURS, (Math.floor(hour) + 1) % HOURS];
  const part = hour - Math.floor(hour);
  return (SHARES[from] ?? 0) * (1 - part) + (SHARES[to] ?? 0) * part;
}

/** `07:05` */
export function clockOf(hour: number): string {
  const minutes = Math.floor(hour * 60) % (HOURS * 60);
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
