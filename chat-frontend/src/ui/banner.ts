import type { ConnectionStatus } from '../state/connection-status.ts';
import { el, setText } from './el.ts';
import { lazyHintBars } from './lazy.ts';
import type { Ui } from './ui.ts';

/** The failures of this network, not of the box or the way to it. */
const NETWORK: readonly ConnectionStatus[] = ['offline', 'internet', 'foreign'];

/**
 * Says in a sentence that the connection fails and that messages wait; which hop fails is shown on demand. Hidden while the
 * connection works.
 */
export function mountBanner(ui: Pick<Ui, 'i18n' | 'redraw'>) {
  const { t } = ui.i18n;
  const sentence = el('span', {});
  const more = el('span', { class: 'banner-more' }, t('connection.why'));
  const button = el(
    'button',
    { type: 'button', class: 'banner', hidden: true, 'aria-expanded': 'false', on: { click: toggle } },
    sentence,
    ' ',
    more,
  );
  const details = el('div', { class: 'banner-details', hidden: true });
  // Always rendered: a live region that is inserted together with its text is not announced.
  const node = el('div', {}, el('div', { role: 'status' }, button), details);

  function toggle(): void {
    details.hidden = !details.hidden;
    ui.redraw();
  }

  return {
    node,
    /** `since`: when the failure began, in epoch milliseconds, if that is known. */
    update(status: ConnectionStatus, since: number | undefined, now: number): void {
      button.hidden = status === 'ok';
      // The network may be gone before this part has come.
      button.disabled = more.hidden = !lazyHintBars.loaded();
      if (status === 'ok') details.hidden = true;
      button.setAttribute('aria-expanded', String(!details.hidden));
      const cause = NETWORK.includes(status) ? 'connection.noNetwork' : 'connection.noBox';
      setText(sentence, status === 'ok' ? '' : t(cause));
      if (status !== 'ok' && !details.hidden)
        lazyHintBars.loaded()?.showHops(details, ui.i18n, { status, since, now });
    },
  };
}
