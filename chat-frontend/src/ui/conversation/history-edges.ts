import type { I18n } from '../../i18n/i18n.ts';
import { type Chat, firstSeqOf } from '../../state/chat.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { icon } from '../icons.ts';
import type { Ui } from '../ui.ts';

/** The part above the first message: the beginning of the conversation, or that older messages load or failed to load. */
export function mountHistoryStart({ i18n }: Ui, onRetry: () => void) {
  const { t } = i18n;
  const startText = el('span', {});
  const greeting = el('span', {}, t('chat.sayHi'));
  const start = el('p', { class: 'timeline-start' }, startText, ' ', greeting);
  const loading = el('p', { class: 'timeline-loading', role: 'status' }, t('chat.loading'));
  const retry = el('button', { type: 'button', class: 'button', on: { click: onRetry } }, t('retry'));
  const reason = el('p', {});
  const failed = el('div', { class: 'timeline-failed', role: 'alert' }, reason, retry);
  let shownName = '';

  /** `isEmpty`: no message is shown. `isFirstShown`: no loaded message is left out before the first one shown. */
  function update(
    chat: Chat,
    name: string,
    { isEmpty, isFirstShown }: { isEmpty: boolean; isFirstShown: boolean },
  ): void {
    const isComplete = chat.jumpWindow
      ? chat.jumpWindow.messages[0]?.seq === firstSeqOf(chat)
      : chat.complete;
    start.hidden = !isComplete || !isFirstShown;
    greeting.hidden = !isEmpty;
    if (shownName !== name) {
      const [before = '', after = ''] = t('chat.start', { name: '\0' }).split('\0');
      startText.replaceChildren(before, bdi(name), after);
      shownName = name;
    }
    loading.hidden = !chat.loading;
    failed.hidden = chat.failure === undefined;
    if (chat.failure) showError(reason, i18n, chat.failure, { before: t('chat.failed') });
  }

  return { nodes: [start, loading, failed], update };
}

/** The button that leads to the newest message, with the number of unread messages below. */
export function mountJumpToLatest({ t }: I18n, onPress: () => void) {
  const count = el('span', {});
  const node = el(
    'button',
    { type: 'button', class: 'jump-to-latest', hidden: true, on: { click: onPress } },
    count,
    icon('down'),
  );

  function update(isShown: boolean, unreadBelow: number): void {
    const hasUnread = unreadBelow > 0;
    node.hidden = !isShown;
    node.classList.toggle('jump-to-latest-new', hasUnread);
    node.setAttribute('aria-label', hasUnread ? t('chat.newBelow', { n: unreadBelow }) : t('chat.toEnd'));
    setText(count, hasUnread ? t('chat.newBelow', { n: unreadBelow }) : '');
  }

  return { node, update };
}
