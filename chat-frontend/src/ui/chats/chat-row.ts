import { inOneLine } from '../../i18n/i18n.ts';
import { hashOf } from '../../router.ts';
import type { ChatRow } from '../../state/chat-rows.ts';
import { bdi, el, setText, visuallyHidden } from '../el.ts';
import { createTick, icon } from '../icons.ts';
import { lazyGroupChat } from '../lazy.ts';
import { messagePreview } from '../message-preview.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';

const MAX_SHOWN = 99;

/** A conversation in the list, and whether it is the one that is open. */
export type RowItem = { row: ChatRow; open: boolean; now: number };

/** A row of the list, one link: the person, the time, and a preview of the last message, the draft, or that the person types. */
export function createChatRow(ui: Ui, { row: { id } }: RowItem) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const picture = avatar();
  const dot = el('span', { class: 'online-dot' });
  const name = bdi('', 'chat-name');
  const onlineText = visuallyHidden(` (${t('presence.online')})`);
  const time = el('time', { class: 'chat-time' });
  const label = el('span', { class: 'chat-label' });
  const tick = createTick(i18n);
  const statusIcon = el('span', { class: 'chat-icon' });
  const text = bdi('', 'chat-text');
  const count = el('span', {});
  const badge = el('span', { class: 'chat-badge' }, count, visuallyHidden(` ${t('chats.unread')}`));
  const pinIcon = el(
    'span',
    { class: 'chat-muted-icon' },
    icon('pin'),
    visuallyHidden(` (${t('chats.isPinned')})`),
  );
  const mutedIcon = el(
    'span',
    { class: 'chat-muted-icon' },
    icon('bellOff'),
    visuallyHidden(` (${t('mute.is')})`),
  );
  const link = el(
    'a',
    { class: 'chat-link', href: hashOf({ name: 'chat', conversationId: id }) },
    el('span', { class: 'avatar-box' }, picture, dot),
    el('span', { class: 'chat-top' }, name, onlineText, mutedIcon, pinIcon, time),
    el(
      'span',
      { class: 'chat-bottom' },
      el('span', { class: 'chat-preview' }, tick.node, statusIcon, label, text),
      badge,
    ),
  );

  function update({ row, open, now }: RowItem): void {
    updateAvatar(picture, row.face, actions.picture(row.face));
    picture.classList.toggle('avatar-group', row.isGroup);
    picture.classList.toggle('avatar-notes', row.isNotes);
    dot.hidden = !row.online;
    onlineText.hidden = !row.online;
    setText(name, row.name);
    setText(time, row.at ? i18n.listTime(row.at, now) : '');
    // The draft of the open chat is shown in its composer.
    const draft = open ? '' : row.draft;
    showPreview(row, draft);
    if (row.isGroup || row.event)
      lazyGroupChat.loaded()?.decorateChatRow(ui, { link, badge, label, text }, row, draft);
    link.classList.toggle('chat-drafted', draft !== '' && row.typing.length === 0);
    link.classList.toggle('chat-typing', row.typing.length > 0);
    const isUnread = row.unread > 0 || row.marked;
    link.classList.toggle('chat-unread', isUnread);
    link.classList.toggle('chat-muted', row.muted);
    mutedIcon.hidden = !row.muted;
    pinIcon.hidden = !row.pinned;
    badge.hidden = !isUnread;
    // A chat that was marked as unread has a badge without a number.
    setText(count, row.unread > MAX_SHOWN ? `${MAX_SHOWN}+` : String(row.unread || ''));
    const isReplaced = row.typing.length > 0 || draft !== '';
    tick.update(isReplaced ? undefined : row.tick);
    showStatusIcon(isReplaced ? undefined : row);
    if (open) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }

  function showPreview(row: ChatRow, draft: string): void {
    const { typing, deleted, locked, own } = row;
    const preview = messagePreview(ui, row.preview, row.files);
    if (typing.length > 0) {
      setText(label, '');
      setText(text, t('chat.typing'));
    } else if (draft) {
      setText(label, `${t('chats.draft')} `);
      setText(text, inOneLine(draft));
    } else {
      // A tick says as much.
      setText(label, own && preview && !row.tick ? `${t('chats.you')} ` : '');
      const gone = deleted && t(own ? 'bubble.deletedOwn' : 'bubble.deleted');
      // A group has at least the row of its beginning, which is on its way or written by a part that is.
      const none = row.isGroup || row.event ? '' : t('chats.noMessages');
      setText(text, gone || (locked ? t('chat.locked') : inOneLine(preview) || none));
    }
  }

  function showStatusIcon(row: ChatRow | undefined): void {
    const name = row?.locked ? 'lock' : row?.deleted ? 'gone' : '';
    statusIcon.hidden = name === '';
    if (name && statusIcon.dataset.icon !== name) statusIcon.replaceChildren(icon(name));
    statusIcon.dataset.icon = name;
  }

  return { node: el('li', { 'data-chat': id }, link), update };
}
