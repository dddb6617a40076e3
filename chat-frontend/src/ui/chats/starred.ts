import type { Message, StarredPage } from '../../../../chat-core/src/wire/wire.ts';
import { inOneLine } from '../../i18n/i18n.ts';
import { hashOf } from '../../router.ts';
import { isStarred } from '../../state/chat-flags.ts';
import { authorOf, chatTitle, wordsOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { memberName } from '../group-chat/group-names.ts';
import { keyedList } from '../keyed-list.ts';
import { messagePreview } from '../message-preview.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import '../../styles/starred.css';

/** The messages that this person has starred, the last one first; each opens in its chat. */
export function mountStarred(ui: Ui): Screen {
  const { i18n, http, state } = ui;
  const { t } = i18n;
  let messages: Message[] = [];
  let before: number | undefined;
  let isLoaded = false;

  const list = el('ul', { class: 'card starred' });
  const render = keyedList<Message>(list, { key: keyOf, create: (message) => createRow(ui, message) });
  const status = el('p', { class: 'list-empty', role: 'status' }, t('form.busy'));
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const more = el(
    'button',
    { type: 'button', class: 'button', hidden: true, on: { click: () => void load() } },
    t('media.more'),
  );
  const node = panel(
    i18n,
    { title: t('starred.title'), parent: { name: 'settings' } },
    status,
    list,
    errorText,
    more,
  );

  async function load(): Promise<void> {
    setText(errorText, '');
    more.disabled = true;
    try {
      const page = await http.get<StarredPage>('/stars', before === undefined ? {} : { before });
      const known = new Set(messages.map(keyOf));
      messages = [...messages, ...page.messages.filter((message) => !known.has(keyOf(message)))];
      before = page.before;
      isLoaded = true;
    } catch (thrown) {
      showError(errorText, i18n, thrown);
    }
    more.disabled = false;
    more.hidden = isLoaded && before === undefined;
    update(state());
  }

  function update(now: State): void {
    const shown = messages.filter(({ conversationId, seq }) => isStarred(now, conversationId, seq));
    render(shown);
    list.hidden = shown.length === 0;
    status.hidden = shown.length > 0 || (isLoaded && before !== undefined) || errorText.textContent !== '';
    setText(status, t(isLoaded ? 'starred.none' : 'form.busy'));
  }

  void load();
  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}

const keyOf = ({ conversationId, seq }: Message) => `${conversationId} ${seq}`;

function createRow(ui: Ui, message: Message) {
  const { i18n, state, now } = ui;
  const { t } = i18n;
  const { conversationId, seq, attachments = [], timestamp } = message;
  const chat = state().chats[conversationId];
  const authorId = authorOf(message);
  const isOwn = authorId === state().me?.id;
  const author = isOwn ? t('bubble.you') : memberName(i18n, state(), conversationId, authorId);
  const title = chat ? chatTitle(state(), chat) : author;
  const link = el(
    'a',
    {
      class: 'starred-link',
      href: hashOf({ name: 'chat', conversationId }),
      on: { click: () => jumpOnceShown(conversationId, seq) },
    },
    el(
      'span',
      { class: 'starred-top' },
      bdi(title, 'starred-name'),
      el('time', { class: 'chat-time' }, i18n.listTime(timestamp, now())),
    ),
    el(
      'span',
      { class: 'starred-text', dir: 'auto' },
      title === author || author === '' ? '' : el('span', {}, bdi(author), ': '),
      inOneLine(
        [messagePreview(ui, wordsOf(message)), ...attachments.map(({ name }) => `📎 ${name}`)]
          .filter(Boolean)
          .join(' · '),
      ),
    ),
  );
  const label = t('star.undo');
  const unstar = el(
    'button',
    {
      type: 'button',
      class: 'icon-button starred-off',
      'aria-label': label,
      title: label,
      on: {
        click: () =>
          void ui.actions
            .star({ conversationId, seq }, false)
            .then(
              () =>
                ui.notify(
                  t('star.undone'),
                  () => void ui.actions.star({ conversationId, seq }, true).catch(ui.failed),
                ),
              ui.failed,
            ),
      },
    },
    '★',
  );
  return { node: el('li', { class: 'starred-row' }, link, unstar), update: () => undefined };
}

/** Once the page shows the conversation that the link leads to, it jumps to the message and highlights it. */
function jumpOnceShown(conversationId: string, seq: number): void {
  const jump = () =>
    document.querySelector('.timeline')?.dispatchEvent(new CustomEvent('jump', { detail: seq }));
  if (location.hash === hashOf({ name: 'chat', conversationId })) jump();
  // The page shows the conversation before this listener runs.
  else window.addEventListener('hashchange', jump, { once: true });
}
