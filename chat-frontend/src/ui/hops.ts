import type { I18n } from '../i18n/i18n.ts';
import { type ConnectionStatus, HOPS, type HopState, hopsOf } from '../state/connection-status.ts';
import { el } from './el.ts';

const SYMBOLS: Record<HopState, string> = { fine: '✓', broken: '✗', unknown: '·' };

/** A failure, since when it lasts, if that is known, and the time of the server, in epoch milliseconds. */
type Failure = { status: Exclude<ConnectionStatus, 'ok'>; since: number | undefined; now: number };

/** Shows in an element which hop to the server fails, why, and since when. */
export function showHops(target: HTMLElement, { t, moment }: I18n, { status, since, now }: Failure): void {
  const when = since === undefined ? '' : ` ${t('connection.since', { when: moment(since, now) })}`;
  const sentence = t(`connection.${status}`) + when;
  if (target.firstChild?.textContent === sentence) return;
  const states = hopsOf(status);
  const items = HOPS.map((hop) => {
    const mark = el('span', { class: 'hop-mark' }, SYMBOLS[states[hop]]);
    return el('li', { class: 'hop', 'data-state': states[hop] }, mark, t(`hop.${hop}`));
  });
  // The sentence says the same to assistive technology.
  target.replaceChildren(el('p', {}, sentence), el('ol', { class: 'hops', 'aria-hidden': 'true' }, ...items));
}
