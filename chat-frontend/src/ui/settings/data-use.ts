import { usageOf } from '../../api/data-usage.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { el, setText } from '../el.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

/** What Bisik costs this browser: bytes on the line, and what it keeps. */
export function mountDataUse({ i18n, now }: Ui): Screen {
  const { t } = i18n;
  const figures = {
    today: el('dd', {}),
    month: el('dd', {}),
    kept: el('dd', {}, '–'),
  };
  const line = (name: keyof typeof figures) =>
    el('div', { class: 'figure' }, el('dt', {}, t(`data.${name}`)), figures[name]);
  const node = panel(
    i18n,
    { title: t('data.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('data.lead')),
    el(
      'section',
      { class: 'card' },
      el('dl', { class: 'figures' }, line('today'), line('month'), line('kept')),
    ),
    el('p', { class: 'panel-note' }, t('data.hint')),
    el('p', { class: 'panel-note' }, t('data.keptHint')),
  );
  const size = (bytes: number) => t('data.about', { size: i18n.size(bytes) });

  function update(): void {
    const { today, month } = usageOf(openKeyValueStore(), now());
    setText(figures.today, size(today));
    setText(figures.month, size(month));
  }

  // Absent on plain http.
  const storage = navigator.storage as StorageManager | undefined;
  storage?.estimate().then(
    ({ usage = 0 }) => setText(figures.kept, size(usage)),
    () => undefined,
  );
  update();
  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
