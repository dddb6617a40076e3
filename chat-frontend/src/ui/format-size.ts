const UNITS = ['B', 'KB', 'MB', 'GB'];

/** A size in bytes in the unit that fits: 812 B, 1,4 MB, 1,1 GB. */
export function formatSize(bytes: number, locale: string): string {
  const step = UNITS.findLastIndex((_, index) => index === 0 || bytes >= 1_000 ** index);
  const digits = { maximumFractionDigits: step >= 2 ? 1 : 0 };
  return `${new Intl.NumberFormat(locale, digits).format(bytes / 1_000 ** step)} ${UNITS[step]}`;
}
