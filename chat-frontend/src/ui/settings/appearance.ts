import type { Key } from '../../i18n/language.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { ACCENTS, readThemeSettings, saveThemeSettings, THEMES, type ThemeSettings } from '../../theme.ts';
import { el } from '../el.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

/** How the page looks in this browser: light or dark, and in which colour. */
export function mountAppearance({ i18n }: Ui): Screen {
  const { t } = i18n;
  const keyValueStore = openKeyValueStore();
  const kept = readThemeSettings(keyValueStore);

  function choices<What extends keyof ThemeSettings>(
    what: What,
    title: Key,
    all: readonly ThemeSettings[What][],
    sample: boolean,
  ) {
    const radios = all.map((value) => {
      const radio = el('input', {
        type: 'radio',
        name: what,
        value,
        checked: value === kept[what],
        on: { change: () => saveThemeSettings(keyValueStore, { [what]: value }) },
      });
      // Wears the colour it stands for.
      const swatch = sample ? el('span', { class: 'swatch', 'data-swatch': value }) : undefined;
      return el('label', { class: 'choice' }, radio, swatch, t(`look.${value}` as Key));
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
    { title: t('look.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('look.lead')),
    choices('theme', 'look.theme', THEMES, false),
    choices('accent', 'look.accent', ACCENTS, true),
  );
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
