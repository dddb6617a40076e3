import type { Id } from '../../../../../chat-core/src/wire/wire.ts';
import { choose } from '../../dialog.ts';
import { el, setText } from '../../el.ts';
import { lazyIcon } from '../../lazy-icons.ts';
import type { Ui } from '../../ui.ts';
import { dataSaver } from './data-saver.ts';

/** The row of a card that chooses for one conversation whether its pictures are loaded by themselves. */
export function mountSaverAction(ui: Ui) {
  const { i18n } = ui;
  const { t } = i18n;
  const saver = dataSaver(ui);
  const now = el('span', { class: 'action-note' });
  const node = el(
    'button',
    { type: 'button', class: 'action', on: { click: () => void ask() } },
    el('span', { class: 'action-icon' }, lazyIcon('image')),
    el('span', { class: 'action-text' }, el('span', {}, t('saver.chat')), now),
  );
  let conversationId: Id | undefined;

  async function ask(): Promise<void> {
    const id = conversationId;
    if (!id) return;
    const current = saver.choice(id);
    const option = (label: string, value: 'on' | 'off' | 'as-set', isChosen: boolean) => ({
      label: isChosen ? `✓ ${label}` : label,
      value,
      plain: !isChosen,
    });
    const choice = await choose(i18n, {
      title: t('saver.chat'),
      lead: t('saver.chatLead'),
      choices: [
        option(t('saver.load'), 'off', current === false),
        option(t('saver.save'), 'on', current === true),
        option(t('saver.asSet'), 'as-set', current === undefined),
      ],
    });
    if (!choice) return;
    saver.choose(choice === 'as-set' ? undefined : choice === 'on', id);
    show(id);
  }

  function show(id: Id): void {
    const choice = saver.choice(id);
    setText(now, t(choice === undefined ? 'saver.asSet' : choice ? 'saver.save' : 'saver.load'));
  }

  return {
    node,
    update(id: Id | undefined): void {
      conversationId = id;
      node.hidden = !id;
      if (id) show(id);
    },
  };
}
