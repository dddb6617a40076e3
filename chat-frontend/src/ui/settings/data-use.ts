import { usageOf } from '../../api/data-usage.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { dataSaver, isFrugal } from '../attachments/data-use/data-saver.ts';
import { mountStorageUse } from '../attachments/data-use/storage-use.ts';
import { el, setText } from '../el.ts';
import { formatSize } from '../format-size.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountDeleteAccount } from './delete-account.ts';
import { mountExportData } from './export-data.ts';

/** The data use of this browser and of the files on the server, and the data saver. */
export function mountDataUse(ui: Ui): Screen {
  const { i18n, now } = ui;
  const { t } = i18n;
  const figures = {
    today: el('dd', {}),
    month: el('dd', {}),
    stored: el('dd', {}, '–'),
  };
  const figure = (name: keyof typeof figures) =>
    el('div', { class: 'figure' }, el('dt', {}, t(`data.${name}`)), figures[name]);
  const saver = dataSaver(ui);
  const saverSwitch = el('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    'aria-describedby': 'saver-hint',
    checked: saver.choice() ?? isFrugal(),
    on: { change: () => saver.choose(saverSwitch.checked) },
  });
  const node = panel(
    i18n,
    { title: t('data.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('data.lead')),
    el(
      'section',
      { class: 'card' },
      el('dl', { class: 'figures' }, figure('today'), figure('month'), figure('stored')),
    ),
    el(
      'div',
      { class: 'card' },
      el('label', { class: 'choice choice-switch' }, t('saver.title'), saverSwitch),
      el('p', { class: 'field-hint', id: 'saver-hint' }, t('saver.hint')),
    ),
    mountStorageUse(ui),
    el('p', { class: 'panel-note' }, t('data.hint')),
    el('p', { class: 'panel-note' }, t('data.storedHint')),
    ...mountExportData(ui),
    mountDeleteAccount(ui),
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
