import type { MuteFor } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { companion, mutedUntil, nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { choose } from '../choice-dialog.ts';
import { el, setText } from '../el.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';

/** The line of a card by which a conversation is muted for a while or always, and heard again. */
export function mountMuting({ i18n, actions, notify, failed, now, state }: Ui) {
  const { t } = i18n;
  const words = el('span', {});
  const until = el('span', { class: 'action-note' });
  const sign = el('span', { class: 'action-icon' });
  const node = el(
    'button',
    { type: 'button', class: 'action', on: { click: () => void ask() } },
    sign,
    el('span', { class: 'action-text' }, words, until),
  );
  let chat: Chat | undefined;
  let muted = false;

  async function ask(): Promise<void> {
    if (!chat) return;
    const { id } = chat;
    const name = nameOf(companion(state(), chat));
    const length = muted
      ? 'off'
      : await choose<MuteFor>(i18n, {
          title: t('mute.title', { name }),
          lead: t('mute.lead', { name }),
          // The last stands first before the eye.
          choices: [
            { label: t('mute.ever'), value: 'always' },
            { label: t('mute.1w'), value: '1w' },
            { label: t('mute.8h'), value: '8h' },
          ],
        });
    if (!length) return;
    await actions
      .mute(id, length)
      .then(() => notify(t(length === 'off' ? 'mute.undone' : 'mute.done')), failed);
  }

  return {
    node,
    update(next: State, of: Chat | undefined): void {
      chat = of;
      node.hidden = !chat;
      const end = chat && mutedUntil(next, chat.id, now());
      muted = end !== undefined;
      setText(words, t(muted ? 'mute.undo' : 'mute.do'));
      const when = typeof end === 'number' ? i18n.moment(end, now()) : '';
      setText(until, when ? t('mute.until', { when }) : muted ? t('mute.always') : '');
      until.hidden = !muted;
      const name = muted ? 'bell' : 'bellOff';
      if (sign.dataset.icon !== name) sign.replaceChildren(lazyIcon(name));
      sign.dataset.icon = name;
    },
  };
}
