import type { ChangeSettings, OwnerSettings, SettingName } from '../../../../chat-core/src/wire/wire.ts';
import type { OwnerApi } from '../../api/owner.ts';
import { confirm } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { mountSelect } from '../form/select.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { deletesMessages, SETTINGS, settingLabel } from './setting-options.ts';
import { undoable } from './undoable.ts';

/**
 * The settings that apply at once, without a restart. Each is changed by its choice, and can be undone; one that deletes
 * messages asks first.
 */
export function mountBoxSettings(ui: Ui, api: OwnerApi): Screen {
  const { i18n } = ui;
  const { t, locale } = i18n;
  const status = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const form = el('div', { class: 'card owner-settings', hidden: true });
  const fields = new Map<SettingName, ReturnType<typeof mountSetting>>();
  let settings: OwnerSettings | undefined;
  const node = panel(
    i18n,
    { title: t('owner.settings'), parent: { name: 'owner', page: '' } },
    el('p', { class: 'panel-lead' }, t('setting.lead')),
    status,
    form,
  );

  function mountSetting(name: SettingName) {
    const reset = el(
      'button',
      {
        type: 'button',
        class: 'link-button',
        'aria-label': t('setting.resetWhich', { name: t(`setting.${name}`) }),
        on: { click: () => void change(name, null) },
      },
      t('setting.reset'),
    );
    const changed = el('p', { class: 'field-hint setting-changed' }, t('setting.changed'), reset);
    const options = SETTINGS[name].map((value) => ({
      value: String(value),
      label: settingLabel(t, locale, name, value),
    }));
    const field = mountSelect({
      label: t(`setting.${name}`),
      options,
      value: '',
      onChange: (value) => void change(name, value),
    });
    field.node.append(changed);
    return {
      node: field.node,
      show({ value, byEnvironment }: OwnerSettings[SettingName]): void {
        const { select } = field;
        const key = String(value);
        if (![...select.options].some((option) => option.value === key))
          select.append(el('option', { value: key }, settingLabel(t, locale, name, value)));
        select.value = key;
        changed.hidden = byEnvironment === true;
      },
    };
  }

  /** `chosen`: a value as the select has it; null: as the environment says. */
  async function change(name: SettingName, chosen: string | null): Promise<void> {
    if (!settings) return;
    const before = settings[name];
    const value = chosen !== null && typeof before.value === 'number' ? Number(chosen) : chosen;
    const question = {
      title: t('setting.retentionDays.sure'),
      lead: t('setting.retentionDays.lead'),
      yes: t('setting.retentionDays.yes'),
    };
    if (deletesMessages(name, before.value, value) && !(await confirm(i18n, question))) {
      show(settings);
      return;
    }
    const set = (to: string | number | null) => async () =>
      show(await api.changeSettings({ [name]: to } as ChangeSettings));
    const isDone = await undoable(
      ui,
      t('setting.done'),
      set(value),
      set(before.byEnvironment ? null : before.value),
    );
    if (!isDone) show(settings);
  }

  function show(next: OwnerSettings): void {
    settings = next;
    for (const name of Object.keys(SETTINGS) as SettingName[]) {
      const field = fields.get(name) ?? mountSetting(name);
      if (!fields.has(name)) form.append(field.node);
      fields.set(name, field);
      field.show(next[name]);
    }
    setText(status, '');
    status.hidden = true;
    form.hidden = false;
  }

  api.settings().then(show, (thrown: unknown) => showError(status, i18n, thrown));
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
