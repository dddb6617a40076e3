import type { Chat } from '../../state/chat.ts';
import { bdi, el } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';

/** What stands over the first message that is shown: the beginning of it all, that more is on its way, or why not. */
export function mountEdges({ i18n }: Ui, onAgain: () => void) {
  const { t } = i18n;
  const startText = el('span', {});
  const hello = el('span', {}, t('chat.sayHi'));
  const start = el('p', { class: 'timeline-start' }, startText, ' ', hello);
  const loading = el('p', { class: 'timeline-loading', role: 'status' }, t('chat.loading'));
  const again = el('button', { type: 'button', class: 'button', on: { click: onAgain } }, t('retry'));
  const why = el('p', {});
  const failed = el('div', { class: 'timeline-failed', role: 'alert' }, why, again);
  let named = '';

  function update(chat: Chat, name: string, { bare, first }: { bare: boolean; first: boolean }): void {
    const complete = chat.jumpWindow ? chat.jumpWindow.messages[0]?.seq === 1 : chat.complete;
    start.hidden = !complete || !first;
    hello.hidden = !bare;
    if (named !== name) {
      const [before = '', after = ''] = t('chat.start', { name: '\0' }).split('\0');
      startText.replaceChildren(before, bdi(name), after);
      named = name;
    }
    loading.hidden = !chat.loading;
    failed.hidden = chat.failure === undefined;
    if (chat.failure) showError(why, i18n, chat.failure, { before: t('chat.failed') });
  }

  return { nodes: [start, loading, failed], update };
}
