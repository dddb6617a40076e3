import type { Key } from '../../i18n/language.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { ACCENTS, readThemeSettings, saveThemeSettings, THEMES, type ThemeSettings } from '../../theme.ts';
import { el } from '../el.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

/** The theme of the page in this browser: light or dark, and the accent colour. */
export function mountAppearance({ i18n }: Ui): Screen {
  const { t } = i18n;
  const keyValueStore = openKeyValueStore();
  const saved = readThemeSettings(keyValueStore);

  function choices<Name extends keyof ThemeSettings>(
    name: Name,
    title: Key,
    values: readonly ThemeSettings[Name][],
    hasSwatch: boolean,
  ) {
    const radios = values.map((value) => {
      const radio = el('input', {
        type: 'radio',
        name,
        value,
        checked: value === saved[name],
        on: { change: () => saveThemeSettings(keyValueStore, { [name]: value }) },
      });
      const swatch = hasSwatch ? el('span', { class: 'swatch', 'data-swatch': value }) : undefined;
      return el('label', { class: 'choice' }, radio, swatch, t(`appearance.${value}` as Key));
    });
    return el(
      'fieldset',
      { class: 'card' },
      el('legend', {}, t(title)),
      el('div', { class: 'choices' }, ...radios),
    );
  }

  const node = panel(
    i18n,
    { title: t('appearance.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('appearance.lead')),
    choices('theme', 'appearance.theme', THEMES, false),
    choices('accent', 'appearance.accent', ACCENTS, true),
  );
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
