import type { Audience, Privacy } from '../../../../chat-core/src/wire/wire.ts';
import type { State } from '../../state/state.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el } from '../el.ts';
import { mountSelect } from '../form/select.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

const AUDIENCES: Audience[] = ['everyone', 'contacts', 'nobody'];

/** Who sees when this person was online, types and has read. All of it is reciprocal, and each hint says so. */
export function mountPrivacy(ui: Ui): Screen {
  const { i18n, actions, state } = ui;
  const { t } = i18n;

  /** Shows the setting of the server afterwards, also when it refused the change. */
  async function change(privacy: Partial<Privacy>): Promise<void> {
    await confirmAndRun(ui, undefined, () => actions.changeMe({ privacy }), t('privacy.done'));
    update(state());
  }

  const audience = (name: 'lastSeen' | 'typing') =>
    mountSelect({
      label: t(`privacy.${name}`),
      hint: t(`privacy.${name}Hint`),
      options: AUDIENCES.map((value) => ({ value, label: t(`privacy.${value}`) })),
      value: 'contacts',
      onChange: (value) => void change({ [name]: value as Audience }),
    });
  const seen = audience('lastSeen');
  const typing = audience('typing');
  const receipts = el('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    'aria-describedby': 'receipts-hint',
    on: { change: () => void change({ readReceipts: receipts.checked }) },
  });
  const node = panel(
    i18n,
    { title: t('privacy.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('privacy.lead')),
    el(
      'div',
      { class: 'card privacy' },
      seen.node,
      typing.node,
      el(
        'div',
        { class: 'field' },
        el('label', { class: 'choice choice-switch' }, t('privacy.readReceipts'), receipts),
        el('p', { class: 'field-hint', id: 'receipts-hint' }, t('privacy.readReceiptsHint')),
      ),
    ),
  );

  function update({ me }: State): void {
    if (!me || !('privacy' in me)) return;
    seen.select.value = me.privacy.lastSeen;
    typing.select.value = me.privacy.typing;
    receipts.checked = me.privacy.readReceipts;
  }

  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
