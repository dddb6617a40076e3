import type { I18n } from '../../i18n/i18n.ts';
import { setText } from '../el.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** A duration until messages expire, in words: “24 jam”, “7 hari”. */
export function expiryLabel(t: I18n['t'], seconds: number): string {
  return seconds <= DAY_S
    ? t('expiry.hours', { n: seconds / HOUR_S })
    : t('expiry.days', { n: seconds / DAY_S });
}

/** Shows in the heading of a conversation after how long its messages expire. */
export function showExpiry({ t }: I18n, node: HTMLElement, seconds = 0): void {
  const after = seconds > 0 ? expiryLabel(t, seconds) : '';
  setText(node, after);
  if (after) node.setAttribute('aria-label', t('expiry.is', { after }));
}
