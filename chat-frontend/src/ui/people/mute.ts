import type { MuteFor } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { chatTitle, mutedUntil } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { choose } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';

/**
 * The row of a card that mutes a conversation, for a time or always, or unmutes it. In a group, messages that mention this
 * person still notify unless they are muted too.
 */
export function mountMuting({ i18n, actions, notify, failed, now, state }: Ui) {
  const { t } = i18n;
  const label = el('span', {});
  const until = el('span', { class: 'action-note' });
  const icon = el('span', { class: 'action-icon' });
  const node = el(
    'button',
    { type: 'button', class: 'action', on: { click: () => void toggle() } },
    icon,
    el('span', { class: 'action-text' }, label, until),
  );
  let chat: Chat | undefined;
  let muted = false;

  async function toggle(): Promise<void> {
    if (!chat) return;
    const { id } = chat;
    const mentions = el('input', { type: 'checkbox' });
    const length = muted ? 'off' : await askHowLong(chat, mentions);
    if (!length) return;
    await actions
      .mute(id, length, mentions.checked)
      .then(() => notify(t(length === 'off' ? 'mute.undone' : 'mute.done')), failed);
  }

  function askHowLong(of: Chat, mentions: HTMLInputElement): Promise<MuteFor | undefined> {
    const isGroup = of.kind === 'group';
    const name = chatTitle(state(), of);
    return choose<MuteFor>(i18n, {
      title: t(isGroup ? 'mute.groupTitle' : 'mute.title', { name }),
      lead: t(isGroup ? 'mute.groupLead' : 'mute.lead', { name }),
      ...(isGroup ? { body: el('label', { class: 'choice' }, mentions, t('mute.mentions')) } : {}),
      // The last button is the first in view.
      choices: [
        { label: t('mute.ever'), value: 'always' },
        { label: t('mute.1w'), value: '1w' },
        { label: t('mute.8h'), value: '8h' },
      ],
    });
  }

  return {
    node,
    update(next: State, of: Chat | undefined): void {
      chat = of;
      node.hidden = !chat;
      const end = chat && mutedUntil(next, chat.id, now());
      muted = end !== undefined;
      setText(label, t(muted ? 'mute.undo' : 'mute.do'));
      const when = typeof end === 'number' ? i18n.moment(end, now()) : '';
      setText(until, when ? t('mute.until', { when }) : muted ? t('mute.always') : '');
      until.hidden = !muted;
      const name = muted ? 'bell' : 'bellOff';
      if (icon.dataset.icon !== name) icon.replaceChildren(lazyIcon(name));
      icon.dataset.icon = name;
    },
  };
}
