import { usageOf } from '../../api/data-usage.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { el, setText } from '../el.ts';
import { formatSize } from '../format-size.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

/** The data use of this browser: bytes transferred today and this month, and bytes stored. */
export function mountDataUse({ i18n, now }: Ui): Screen {
  const { t } = i18n;
  const figures = {
    today: el('dd', {}),
    month: el('dd', {}),
    stored: el('dd', {}, '–'),
  };
  const figure = (name: keyof typeof figures) =>
    el('div', { class: 'figure' }, el('dt', {}, t(`data.${name}`)), figures[name]);
  const node = panel(
    i18n,
    { title: t('data.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('data.lead')),
    el(
      'section',
      { class: 'card' },
      el('dl', { class: 'figures' }, figure('today'), figure('month'), figure('stored')),
    ),
    el('p', { class: 'panel-note' }, t('data.hint')),
    el('p', { class: 'panel-note' }, t('data.storedHint')),
  );
  const size = (bytes: number) => t('data.about', { size: formatSize(bytes, i18n.locale) });

  function update(): void {
    const { today, month } = usageOf(openKeyValueStore(), now());
    setText(figures.today, size(today));
    setText(figures.month, size(month));
  }

  // Absent on plain http.
  const storage = navigator.storage as StorageManager | undefined;
  storage?.estimate().then(
    ({ usage = 0 }) => setText(figures.stored, size(usage)),
    () => undefined,
  );
  update();
  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
