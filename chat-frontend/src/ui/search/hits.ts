import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { authorOf, chatTitle, isBlocked, wordsOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { bdi, el } from '../el.ts';
import { memberName } from '../group-chat/group-names.ts';
import { messagePreview } from '../message-preview.ts';
import type { Ui } from '../ui.ts';
import { matchesAll, snippet } from './match.ts';

/** What is searched of a message: its text or its question, and the answers of a poll and the names and descriptions of its files. */
const textsOf = ({ content, poll, attachments = [] }: Message) => [
  poll?.question ?? content,
  ...(poll?.answers ?? []).map(({ text }) => text),
  ...attachments.flatMap(({ name, alt = '' }) => [name, alt]),
];

/** The hits among the messages that this browser has loaded. */
export function localHits(state: State, terms: readonly string[], conversationId: Id | undefined): Message[] {
  return Object.values(state.chats)
    .filter(({ id }) => conversationId === undefined || id === conversationId)
    .flatMap(({ messages, jumpWindow, last }) => [
      ...messages,
      ...(jumpWindow?.messages ?? []),
      ...(last ? [last] : []),
    ])
    .filter((message) => !message.event && !message.deleted && !message.hidden)
    .filter((message) => matchesAll(terms, textsOf(message)));
}

/** Whether its conversation conceals a message: in a group those of people whom this person has blocked. */
export function isConcealed(state: State, message: Message): boolean {
  return state.chats[message.conversationId]?.kind === 'group' && isBlocked(state, authorOf(message));
}

/** A hit as a link to its place in the conversation: where it is or who wrote it, when, and the words around the match. */
export function createHit(ui: Ui, message: Message, terms: readonly string[], isInChat: boolean) {
  const { i18n, state, now } = ui;
  const { conversationId, timestamp, poll, seq } = message;
  const chat = state().chats[conversationId];
  const authorId = authorOf(message);
  const isMine = authorId === state().me?.id;
  const author = isMine ? i18n.t('bubble.you') : memberName(i18n, state(), conversationId, authorId);
  const isNamed = !isInChat && author !== '' && (isMine || chat?.kind === 'group');
  // A file whose name matches is shown by it, and a poll by its answers.
  const more = textsOf(message).slice(1).filter(Boolean);
  const text = [messagePreview(ui, wordsOf(message)), ...more.map((one) => (poll ? one : `📎 ${one}`))]
    .filter(Boolean)
    .join(' · ');
  const link = el(
    'a',
    {
      class: 'hit',
      href: hashOf({ name: 'chat', conversationId }),
      on: {
        click: (event) =>
          event.ctrlKey || event.metaKey || event.shiftKey || jumpAfterwards(conversationId, seq),
      },
    },
    el(
      'span',
      { class: 'hit-top' },
      bdi(isInChat || !chat ? author : chatTitle(state(), chat), 'hit-name'),
      el(
        'time',
        { class: 'chat-time', datetime: new Date(timestamp).toISOString() },
        i18n.listTime(timestamp, now()),
      ),
    ),
    el(
      'span',
      { class: 'hit-text', dir: 'auto' },
      isNamed ? el('span', {}, bdi(author), ': ') : undefined,
      ...snippet(text, terms).map((part) => (part.isMarked ? el('mark', {}, part.text) : part.text)),
    ),
  );
  return el('li', {}, link);
}

/** Once the page shows the conversation that the link leads to, it jumps to the message and highlights it. */
function jumpAfterwards(conversationId: Id, seq: number): void {
  const jump = () =>
    document.querySelector('.timeline')?.dispatchEvent(new CustomEvent('jump', { detail: seq }));
  if (location.hash === hashOf({ name: 'chat', conversationId })) jump();
  // The page shows the conversation before this listener runs.
  else window.addEventListener('hashchange', jump, { once: true });
}
