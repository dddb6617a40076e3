import { inOneLine, isolated } from '../../i18n/i18n.ts';
import type { ChatRow } from '../../state/chat-rows.ts';
import { NO_AUTHOR } from '../../state/selectors.ts';
import { el, setText, visuallyHidden } from '../el.ts';
import type { Ui } from '../ui.ts';
import { memberName, whoTypes } from './group-names.ts';
import { systemLine } from './system-line.ts';

type RowParts = { link: HTMLElement; badge: HTMLElement; label: HTMLElement; text: HTMLElement };

/** Shows in the row of a group who types, who wrote the newest message or what happened, whether one is mentioned, and to admins who asks to join. */
export function decorateChatRow(
  { i18n, state }: Ui,
  { link, badge, label, text }: RowParts,
  row: ChatRow,
  draft: string,
): void {
  const { t } = i18n;
  const { typing, event, senderId = '', own, blocked, deleted, preview, files } = row;
  if (typing.length > 0) setText(text, whoTypes(i18n, state(), row.id, typing));
  else if (draft) undefined;
  else if (event) {
    setText(label, '');
    setText(text, inOneLine(systemLine(i18n, state(), row.id, senderId, event)));
  } else if (blocked) setText(text, t('group.blockedMessage'));
  else if (!own && senderId !== NO_AUTHOR && (preview || files.length > 0 || deleted)) {
    setText(label, `${isolated(memberName(i18n, state(), row.id, senderId))}: `);
  }
  const waiting = state().chats[row.id]?.group?.requests?.length ?? 0;
  showMark('chat-waiting', waiting, `+${waiting}`, 'group.waiting');
  showMark('chat-mention', row.mentions, row.mentions > 1 ? `@${row.mentions}` : '@', 'group.mentionsYou');

  function showMark(
    className: string,
    n: number,
    sign: string,
    words: 'group.waiting' | 'group.mentionsYou',
  ): void {
    const mark = link.querySelector(`.${className}`);
    if (mark?.getAttribute('data-n') === String(n) || (!mark && n === 0)) return;
    mark?.remove();
    if (n === 0) return;
    const shown = el('span', { 'aria-hidden': true }, sign);
    const read = visuallyHidden(` ${t(words, { n })} `);
    badge.before(el('span', { class: `chat-badge ${className}`, 'data-n': n }, shown, read));
  }
}
