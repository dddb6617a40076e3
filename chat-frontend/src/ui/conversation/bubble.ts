import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { el, setText, visuallyHidden } from '../el.ts';
import type { bubbleDecorator } from '../group-chat/group-bubble.ts';
import { createTick, icon } from '../icons.ts';
import { lazyReactions, lazySendError } from '../lazy.ts';
import type { mountReactions } from '../reactions/reactions.lazy.ts';
import type { Ui } from '../ui.ts';
import { createFileRoom } from './file-room.ts';
import { mountMessageText } from './message-text.ts';
import { createQuote } from './quote.ts';
import { type BubbleRow, isSameRow } from './rows.ts';
import type { createEditError, createSendError } from './send-error.ts';

/** One to three emoji and nothing else. */
const FEW_EMOJI =
  /^\s*(?:(?:\p{RI}{2}|(?![\d#*])\p{Emoji}\uFE0F?\p{EMod}?(?:\u200D\p{Emoji}\uFE0F?\p{EMod}?)*)\s*){1,3}$/u;

/** What a bubble needs from the timeline. */
export type BubbleContext = {
  conversationId: Id;
  nameOf: (userId: Id) => string;
  /** In a group, what its bubbles have besides. */
  decorate?: ReturnType<typeof bubbleDecorator> | undefined;
  openMenu: (bubble: Bubble, opener: Element) => void;
  jump: (seq: number) => void;
  /** The ids of the long messages that were expanded. */
  expanded: Set<Id>;
  /** Runs when a message has become longer because it was expanded. */
  onExpand: () => void;
  /** Changes a message that is shown, without moving what is being read. */
  onLate: (change: () => void) => void;
};

/** One message: the quote it replies to, its text, its time and, for an own message, its delivery state. */
export function createBubble(ui: Ui, context: BubbleContext, row: BubbleRow) {
  const { i18n } = ui;
  const { t } = i18n;
  const { id, own, senderId } = row.bubble;
  let shown = row.bubble;
  let shownRow: BubbleRow | undefined;
  let shownName = '';

  // Most bubbles have none of these, so each is created when first needed: hundreds of bubbles have to be laid out.
  let quote: ReturnType<typeof createQuote> | undefined;
  let showFiles: ReturnType<typeof createFileRoom> | undefined;
  let reactions: ReturnType<typeof mountReactions> | undefined;
  let editedLabel: HTMLElement | undefined;
  let sendError: ReturnType<typeof createSendError> | undefined;
  let editError: ReturnType<typeof createEditError> | undefined;

  const sender = visuallyHidden('');
  const text = el('div', { class: 'bubble-text' });
  const showText = mountMessageText(i18n, text, {
    isExpanded: context.expanded.has(id),
    onExpand,
    onText: () => decoration?.onText(shown),
    onLate: context.onLate,
  });
  const time = el('time');
  const tick = own ? createTick(i18n) : undefined;
  const meta = el('p', { class: 'bubble-meta' }, time, tick?.node);
  const article = el('article', { class: 'bubble' }, sender, text, meta);
  const menuButton = el('button', {
    type: 'button',
    class: 'bubble-more',
    tabindex: -1,
    'aria-label': t('bubble.more'),
    'aria-haspopup': 'menu',
  });
  // A message is forwarded, or not, for as long as it has a text.
  if (shown.forwarded)
    sender.after(el('p', { class: 'bubble-meta bubble-forwarded' }, t('bubble.forwarded')));
  const line = el('div', { class: 'bubble-line' }, article, menuButton);
  const node = el('li', { class: `row ${own ? 'row-own' : 'row-other'}` }, line);
  const decoration = context.decorate?.({ node, article, sender, text });

  function update(row: BubbleRow): void {
    const name = context.nameOf(senderId);
    const isSame = shownRow && shownName === name && isSameRow(shownRow, row);
    shown = row.bubble;
    // The picture of its sender may have been loaded.
    if (isSame) {
      decoration?.update(row);
      return;
    }
    shownRow = row;
    shownName = name;
    const { bubble, first } = row;
    setText(sender, `${own ? t('bubble.you') : name}: `);
    updateQuote(bubble);
    updateText(bubble);
    updateFiles(bubble);
    updateReactions(bubble);
    updateEditedLabel(bubble);
    updateEditError(bubble);
    setText(time, row.time);
    if (time.dateTime === '') showMoment(bubble.at);
    menuButton.hidden = bubble.pending !== undefined;
    node.classList.toggle('row-first', first);
    node.classList.toggle('row-timed', bubble.timed === true);
    tick?.update(bubble.tick);
    if (own) updateSendState(bubble);
    decoration?.update(row);
  }

  /** The day and time in full, for a pointer that rests on the time. */
  function showMoment(at: number): void {
    time.dateTime = new Date(at).toJSON() ?? '';
    time.title = i18n.full(at);
  }

  /** The node may leave the page and be created again, and the message is then still expanded. */
  function onExpand(): void {
    context.expanded.add(id);
    context.onExpand();
  }

  function updateQuote(bubble: Bubble): void {
    if (!quote && !bubble.quote) return;
    if (!quote) {
      quote = createQuote(ui, context.jump);
      text.before(quote.node);
    }
    quote.update(bubble.quote, bubble.quote?.kind === 'text' ? context.nameOf(bubble.quote.senderId) : '');
  }

  function updateEditedLabel({ edited, mutation }: Bubble): void {
    const isShown = edited === true || mutation !== undefined;
    if (!editedLabel && isShown) {
      editedLabel = el('span', {});
      time.before(editedLabel);
    }
    if (!editedLabel) return;
    editedLabel.hidden = !isShown;
    setText(editedLabel, t(mutation ? `bubble.change.${mutation.kind}` : 'bubble.edited'));
  }

  function updateText({ text: content, deleted, locked }: Bubble): void {
    const kind = deleted ? 'gone' : locked ? 'locked' : 'plain';
    text.classList.toggle('bubble-emoji', kind === 'plain' && FEW_EMOJI.test(content));
    if (kind === 'plain') showText(content);
    else if (kind !== text.dataset.kind) {
      showText('');
      const note = deleted ? t(own ? 'bubble.deletedOwn' : 'bubble.deleted') : t('chat.locked');
      text.replaceChildren(icon(deleted ? 'gone' : 'lock'), ` ${note}`);
    }
    text.dataset.kind = kind;
  }

  /** The files that a message has stand before its text. */
  function updateFiles(bubble: Bubble): void {
    if (!bubble.attachments && !bubble.pending?.files && !showFiles) return;
    showFiles ??= createFileRoom(ui, context.conversationId, text);
    showFiles(bubble);
  }

  function updateReactions(bubble: Bubble): void {
    if (!bubble.reactions && !reactions) return;
    reactions ??= lazyReactions.loaded()?.mountReactions(ui, context.conversationId, node);
    if (reactions) reactions.update(bubble);
    else
      lazyReactions.load().then(
        () => context.onLate(() => updateReactions(shown)),
        () => undefined,
      );
  }

  function updateEditError({ mutation }: Bubble): void {
    if (!editError && mutation?.failed)
      withErrors((part) => {
        if (editError) return;
        editError = part.createEditError(ui);
        node.append(editError.node);
        editError.update(shown.mutation);
      });
    editError?.update(mutation);
  }

  function updateSendState({ tick: state = 'sent', pending }: Bubble): void {
    node.dataset.status = state;
    const reason = state === 'sending' ? undefined : pending?.reason;
    if (!sendError && reason)
      withErrors((part) => {
        if (sendError) return;
        sendError = part.createSendError(ui, { id, shown: () => shown });
        node.append(...sendError.nodes);
        updateSendState(shown);
      });
    sendError?.update(state, reason);
  }

  /** Runs a function of the lazy part, which is loaded once the page is shown. */
  function withErrors(use: (part: typeof import('./send-error.ts')) => void): void {
    const part = lazySendError.loaded();
    if (part) use(part);
    else lazySendError.load().then(use, () => undefined);
  }

  /** In print the whole text is shown. */
  function setPrinting(isPrinting: boolean): void {
    if (text.dataset.kind === 'plain') showText(shown.text, isPrinting);
  }

  /** A message that is not sent yet has no menu. */
  function openMenu(): void {
    if (!shown.pending) context.openMenu(shown, menuButton);
  }

  return { node, update, menuButton, openMenu, setPrinting, shown: () => shown };
}
