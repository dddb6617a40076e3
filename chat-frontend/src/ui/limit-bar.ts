import { el } from './el.ts';
import type { Ui } from './ui.ts';

/** Shows in a bar what this browser cannot store, until it is dismissed. */
export function updateLimitBar(bar: HTMLElement, { limit, i18n: { t } }: Pick<Ui, 'limit' | 'i18n'>): void {
  const current = limit();
  if (bar.dataset.limit === current) return;
  delete bar.dataset.limit;
  bar.replaceChildren();
  if (!current) return;
  bar.dataset.limit = current;
  const dismiss = () => bar.replaceChildren();
  bar.append(
    el('span', {}, t(`limit.${current}`)),
    el('button', { type: 'button', class: 'link-button', on: { click: dismiss } }, t('limit.read')),
  );
}
