import type { I18n } from '../i18n/i18n.ts';
import { hashOf } from '../router.ts';
import type { ChatRow } from '../views.ts';
import { avatar, dressAvatar } from './avatar.ts';
import { bdi, el, setText, spoken } from './el.ts';
import { icon } from './icons.ts';

/** A conversation in the list, and whether it is the one that is open. */
export type RowItem = { row: ChatRow; open: boolean; now: number };

/** One link: who, when, and the latest words. */
export function createChatRow(i18n: I18n, { row: { id } }: RowItem) {
  const { t } = i18n;
  const face = avatar('');
  const name = bdi('', 'chat-name');
  const time = el('time', { class: 'chat-time' });
  const label = el('span', { class: 'chat-label' });
  const mark = el('span', { class: 'chat-mark' });
  const text = bdi('', 'chat-text');
  const dot = el('span', { class: 'chat-dot' }, spoken(t('chats.unread')));
  const link = el(
    'a',
    { class: 'chat-link', href: hashOf({ name: 'chat', conversationId: id }) },
    face,
    el('span', { class: 'chat-top' }, name, time),
    el('span', { class: 'chat-bottom' }, el('span', { class: 'chat-preview' }, mark, label, text), dot),
  );
  let marked = '';

  function update({ row, open, now }: RowItem): void {
    dressAvatar(face, row.name);
    setText(name, row.name);
    setText(time, row.at ? i18n.listTime(row.at, now) : '');
    // In the open chat the draft is seen where it is written.
    const draft = open ? '' : row.draft;
    setText(label, draft ? `${t('chats.draft')} ` : row.own && row.preview ? `${t('chats.you')} ` : '');
    setText(text, draft || (row.locked ? t('chat.locked') : row.preview || t('chats.noMessages')));
    link.classList.toggle('chat-drafted', draft !== '');
    link.classList.toggle('chat-unread', row.unread);
    dot.hidden = !row.unread;
    const wanted = draft ? '' : row.pending ? 'clock' : row.locked ? 'lock' : '';
    if (wanted !== marked) mark.replaceChildren(...(wanted ? [icon(wanted)] : []));
    marked = wanted;
    if (open) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }

  return { node: el('li', {}, link), update };
}
