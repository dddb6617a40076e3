import type { I18n } from '../i18n/i18n.ts';
import type { Updates } from '../service-worker/updates.ts';
import { type ConnectionStatus, HOPS, type Hop, type HopState, hopsOf } from '../state/connection-status.ts';
import type { State } from '../state/state.ts';
import { el, setText } from './el.ts';
import type { Ui } from './ui.ts';

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

/** Says that a new version is there. It covers nothing and takes nothing: reloading is for when it suits. */
export function mountUpdateBar({ t }: I18n, updates: Pick<Updates, 'ready' | 'take'>) {
  const node = el('div', { class: 'update-bar', role: 'status' });
  return {
    node,
    update(): void {
      if (!updates.ready() || node.firstChild) return;
      node.append(
        el('span', {}, t('update.ready')),
        el('button', { type: 'button', class: 'link-button', on: { click: updates.take } }, t('update.take')),
      );
    },
  };
}

/** Offers notifications, once there was something to be told of. The browser's own question comes only after a yes. */
export function mountOfferBar({ i18n: { t }, alerts }: Pick<Ui, 'i18n' | 'alerts'>) {
  const button = (text: string, click: () => void) =>
    el('button', { type: 'button', class: 'link-button', on: { click } }, text);
  // What does not succeed is told, and tried again, in the settings.
  const enable = () => void alerts.push()?.enable().catch(alerts.offerLater);
  const node = el(
    'section',
    { class: 'update-bar', 'aria-label': t('push.title'), hidden: true },
    el('span', {}, t('push.offer')),
    button(t('push.enable'), enable),
    button(t('push.later'), alerts.offerLater),
  );
  return {
    node,
    /** `atRest`: only the list of chats is open. Whoever reads, writes or sets something is not asked meanwhile. */
    update(state: State, atRest: boolean): void {
      node.hidden = !atRest || !alerts.isToOffer(state);
    },
  };
}
