import type { I18n } from '../i18n/i18n.ts';
import type { Updates } from '../service-worker/updates.ts';
import { type ConnectionStatus, HOPS, type Hop, type HopState, hopsOf } from '../state/connection-status.ts';
import type { State } from '../state/state.ts';
import { el, setText } from './el.ts';
import type { Ui } from './ui.ts';

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

/** Offers to reload the page once a new version is installed; the page never reloads by itself. */
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

/** Offers notifications after a first message has arrived. The browser's own prompt follows only a click. */
export function mountOfferBar({ i18n: { t }, notifier }: Pick<Ui, 'i18n' | 'notifier'>) {
  const button = (text: string, click: () => void) =>
    el('button', { type: 'button', class: 'link-button', on: { click } }, text);
  // An error is shown, and can be retried, in the settings.
  const dismiss = () => notifier()?.dismissOffer();
  const enable = () => void notifier()?.push()?.enable().catch(dismiss);
  const node = el(
    'section',
    { class: 'update-bar', 'aria-label': t('push.title'), hidden: true },
    el('span', {}, t('push.offer')),
    button(t('push.enable'), enable),
    button(t('push.dismiss'), dismiss),
  );
  return {
    node,
    /** `idle`: only the list of chats is open, so the offer interrupts no reading or writing. */
    update(state: State, idle: boolean): void {
      node.hidden = !idle || !notifier()?.shouldOffer(state);
    },
  };
}
