import type { I18n } from '../../i18n/i18n.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** A duration until messages expire, in words: “24 jam”, “7 hari”. */
export function expiryLabel(t: I18n['t'], seconds: number): string {
  return seconds <= DAY_S
    ? t('expiry.hours', { n: seconds / HOUR_S })
    : t('expiry.days', { n: seconds / DAY_S });
}
