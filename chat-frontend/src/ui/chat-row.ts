import type { I18n } from '../i18n/i18n.ts';
import { hashOf } from '../router.ts';
import type { ChatRow } from '../views.ts';
import { avatar, dressAvatar } from './avatar.ts';
import { bdi, el, setText, spoken } from './el.ts';
import { icon } from './icons.ts';
import { createTick } from './tick.ts';

const MOST_SHOWN = 99;

/** A conversation in the list, and whether it is the one that is open. */
export type RowItem = { row: ChatRow; open: boolean; now: number };

/** One link: who, when, and the latest words. */
export function createChatRow(i18n: I18n, { row: { id } }: RowItem) {
  const { t } = i18n;
  const face = avatar('');
  const name = bdi('', 'chat-name');
  const time = el('time', { class: 'chat-time' });
  const label = el('span', { class: 'chat-label' });
  const tick = createTick(i18n);
  const lock = el('span', { class: 'chat-lock' }, icon('lock'));
  const text = bdi('', 'chat-text');
  const count = el('span', {});
  const badge = el('span', { class: 'chat-badge' }, count, spoken(` ${t('chats.unread')}`));
  const link = el(
    'a',
    { class: 'chat-link', href: hashOf({ name: 'chat', conversationId: id }) },
    face,
    el('span', { class: 'chat-top' }, name, time),
    el(
      'span',
      { class: 'chat-bottom' },
      el('span', { class: 'chat-preview' }, tick.node, lock, label, text),
      badge,
    ),
  );

  function update({ row, open, now }: RowItem): void {
    dressAvatar(face, row.name);
    setText(name, row.name);
    setText(time, row.at ? i18n.listTime(row.at, now) : '');
    // In the open chat the draft is seen where it is written.
    const draft = open ? '' : row.draft;
    setText(label, draft ? `${t('chats.draft')} ` : row.own && row.preview ? `${t('chats.you')} ` : '');
    setText(text, draft || (row.locked ? t('chat.locked') : row.preview || t('chats.noMessages')));
    link.classList.toggle('chat-drafted', draft !== '');
    link.classList.toggle('chat-unread', row.unread > 0);
    badge.hidden = row.unread === 0;
    setText(count, row.unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(row.unread));
    tick.update(draft ? undefined : row.tick);
    lock.hidden = draft !== '' || !row.locked;
    if (open) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }

  return { node: el('li', {}, link), update };
}
