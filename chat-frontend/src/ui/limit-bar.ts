import { el } from './el.ts';
import type { Ui } from './ui.ts';

/** Says in a place what this browser does not keep, until that was read. */
export function updateLimitBar(place: HTMLElement, { limit, i18n: { t } }: Pick<Ui, 'limit' | 'i18n'>): void {
  const now = limit();
  if (place.dataset.limit === now) return;
  delete place.dataset.limit;
  place.replaceChildren();
  if (!now) return;
  place.dataset.limit = now;
  const read = () => place.replaceChildren();
  place.append(
    el('span', {}, t(`limit.${now}`)),
    el('button', { type: 'button', class: 'link-button', on: { click: read } }, t('limit.read')),
  );
}
