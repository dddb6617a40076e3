import type { MuteFor } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { chatTitle, mutedUntil } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { choose } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';

/** Mutes a conversation for a time that is asked for, or unmutes it. */
export async function toggleMute(ui: Ui, chat: Chat): Promise<void> {
  const { i18n, actions, notify, failed, now, state } = ui;
  const mentions = el('input', { type: 'checkbox' });
  const isMuted = mutedUntil(state(), chat.id, now()) !== undefined;
  const length = isMuted ? 'off' : await askHowLong(ui, chat, mentions);
  if (!length) return;
  await actions
    .mute(chat.id, length, mentions.checked)
    .then(() => notify(i18n.t(length === 'off' ? 'mute.undone' : 'mute.done')), failed);
}

function askHowLong(
  { i18n, state }: Ui,
  chat: Chat,
  mentions: HTMLInputElement,
): Promise<MuteFor | undefined> {
  const { t } = i18n;
  const isGroup = chat.kind === 'group';
  const name = chatTitle(state(), chat);
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

/**
 * The row of a card that mutes a conversation, for a time or always, or unmutes it. In a group, messages that mention this
 * person still notify unless they are muted too.
 */
export function mountMuting(ui: Ui) {
  const { i18n, now } = ui;
  const { t } = i18n;
  const label = el('span', {});
  const until = el('span', { class: 'action-note' });
  const icon = el('span', { class: 'action-icon' });
  const node = el(
    'button',
    { type: 'button', class: 'action', on: { click: () => chat && void toggleMute(ui, chat) } },
    icon,
    el('span', { class: 'action-text' }, label, until),
  );
  let chat: Chat | undefined;
  let muted = false;

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
