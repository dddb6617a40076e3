const UNITS = ['B', 'KB', 'MB', 'GB'];
/** Bytes in a KB, as in the limits of the server: its 25 MB are shown as 25 MB. */
const STEP = 1_024;

/** A size in bytes in the unit that fits: 812 B, 1,4 MB, 1,1 GB. */
export function formatSize(bytes: number, locale: string): string {
  const step = UNITS.findLastIndex(
    (_, index) => index === 0 || Math.round(bytes / STEP ** (index - 1)) >= STEP,
  );
  const digits = { maximumFractionDigits: step >= 2 ? 1 : 0 };
  return `${new Intl.NumberFormat(locale, digits).format(bytes / STEP ** step)} ${UNITS[step]}`;
}
