import type { I18n } from '../i18n/i18n.ts';
import { type ConnectionStatus, HOPS, type Hop, type HopState, hopsOf } from '../state/connection-status.ts';
import { el, setText } from './el.ts';

const MARKS: Record<HopState, string> = { fine: '✓', broken: '✗', unknown: '·' };

/** Says which part of the way to the box fails, and what happens to what was written; nothing while all is well. */
export function mountBanner({ t, moment }: I18n) {
  const words = el('p', {});
  const marks = {} as Record<Hop, HTMLElement>;
  const hops = HOPS.map((hop) => {
    marks[hop] = el('span', { class: 'hop-mark' });
    return el('li', { class: 'hop' }, marks[hop], t(`hop.${hop}`));
  });
  // The words say it all: who listens need not hear it twice.
  const way = el('ol', { class: 'hops', 'aria-hidden': 'true' }, ...hops);
  const shown = el('div', { class: 'banner', hidden: true }, words, way);
  // Always rendered: what appears together with its text is not spoken.
  const node = el('div', { role: 'status' }, shown);

  return {
    node,
    /** `since`: when it began, if that is known. */
    update(link: ConnectionStatus, since: number | undefined, now: number): void {
      shown.hidden = link === 'ok';
      const when = since === undefined ? '' : ` ${t('link.since', { when: moment(since, now) })}`;
      setText(words, link === 'ok' ? '' : t(`link.${link}`) + when);
      if (link === 'ok') return;
      const states = hopsOf(link);
      for (const [at, hop] of HOPS.entries()) {
        setText(marks[hop], MARKS[states[hop]]);
        hops[at]?.setAttribute('data-state', states[hop]);
      }
    },
  };
}
