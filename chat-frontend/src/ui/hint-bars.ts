import { el } from './el.ts';
import type { Ui } from './ui.ts';

/** Part of this lazy module: no worker is registered before the page is shown. */
export { watchUpdates } from '../service-worker/updates.ts';
export { showHops } from './hops.ts';

/** The bars below the page that are seldom shown; they are in the page from the start, since two are live regions. */
export type HintBars = Record<'limit' | 'offer' | 'update', HTMLElement>;

/** Shows what there is to hint at. `isIdle`: only the list of chats is open, so an offer interrupts no reading or writing. */
export function updateHintBars({ limit, offer, update }: HintBars, ui: Ui, isIdle: boolean): void {
  updateLimitBar(limit, ui);
  updateUpdateBar(update, ui);
  // An offer can wait until nothing else is hinted at.
  updateOfferBar(offer, ui, isIdle && !limit.firstChild && !update.firstChild);
}

const button = (text: string, click: () => void) =>
  el('button', { type: 'button', class: 'link-button', on: { click } }, text);

/** Shows in a bar what this browser cannot store, until it is dismissed. */
function updateLimitBar(bar: HTMLElement, { limit, i18n: { t } }: Pick<Ui, 'limit' | 'i18n'>): void {
  const current = limit();
  if (bar.dataset.limit === current) return;
  delete bar.dataset.limit;
  bar.replaceChildren();
  if (!current) return;
  bar.dataset.limit = current;
  const dismiss = () => bar.replaceChildren();
  bar.append(el('span', {}, t(`limit.${current}`)), button(t('limit.read'), dismiss));
}

/** Offers notifications after a first message has arrived. The browser's own prompt follows only a click. */
function updateOfferBar(bar: HTMLElement, { i18n: { t }, notifier, state }: Ui, isIdle: boolean): void {
  bar.hidden = !isIdle || !notifier()?.shouldOffer(state());
  if (bar.hidden || bar.firstChild) return;
  // An error is shown, and can be retried, in the settings.
  const dismiss = () => notifier()?.dismissOffer();
  const enable = () => void notifier()?.push()?.enable().catch(dismiss);
  bar.setAttribute('aria-label', t('push.title'));
  bar.append(
    el('span', {}, t('push.offer')),
    button(t('push.enable'), enable),
    button(t('push.dismiss'), dismiss),
  );
}

/** Offers to reload the page once a new version is installed; the page never reloads by itself. */
function updateUpdateBar(bar: HTMLElement, { i18n: { t }, updates }: Ui): void {
  const found = updates();
  if (!found?.ready() || bar.firstChild) return;
  bar.append(el('span', {}, t('update.ready')), button(t('update.take'), found.take));
}
