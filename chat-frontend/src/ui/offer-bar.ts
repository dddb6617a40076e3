import type { State } from '../state/state.ts';
import { el } from './el.ts';
import type { Ui } from './ui.ts';

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
