import type { I18n } from '../i18n/i18n.ts';
import { type ConnectionStatus, HOPS, type Hop, type HopState, hopsOf } from '../state/connection-status.ts';
import { el, setText } from './el.ts';

const SYMBOLS: Record<HopState, string> = { fine: '✓', broken: '✗', unknown: '·' };

/** Shows which hop to the server fails and what happens to unsent messages; hidden while the connection works. */
export function mountBanner({ t, moment }: I18n) {
  const sentence = el('p', {});
  const symbols = {} as Record<Hop, HTMLElement>;
  const hops = HOPS.map((hop) => {
    symbols[hop] = el('span', { class: 'hop-mark' });
    return el('li', { class: 'hop' }, symbols[hop], t(`hop.${hop}`));
  });
  // The sentence says the same to assistive technology.
  const hopList = el('ol', { class: 'hops', 'aria-hidden': 'true' }, ...hops);
  const shown = el('div', { class: 'banner', hidden: true }, sentence, hopList);
  // Always rendered: a live region that is inserted together with its text is not announced.
  const node = el('div', { role: 'status' }, shown);

  return {
    node,
    /** `since`: when the failure began, in epoch milliseconds, if that is known. */
    update(status: ConnectionStatus, since: number | undefined, now: number): void {
      shown.hidden = status === 'ok';
      const when = since === undefined ? '' : ` ${t('connection.since', { when: moment(since, now) })}`;
      setText(sentence, status === 'ok' ? '' : t(`connection.${status}`) + when);
      if (status === 'ok') return;
      const states = hopsOf(status);
      for (const [index, hop] of HOPS.entries()) {
        setText(symbols[hop], SYMBOLS[states[hop]]);
        hops[index]?.setAttribute('data-state', states[hop]);
      }
    },
  };
}
