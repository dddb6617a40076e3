import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { el, setText, visuallyHidden } from '../el.ts';
import { createTick, icon } from '../icons.ts';
import type { Ui } from '../ui.ts';
import { createEditTrouble } from './edit-trouble.ts';
import { foldedText } from './folded.ts';
import { createQuote } from './quote.ts';
import { type BubbleRow, isSame } from './rows.ts';
import { createTrouble } from './send-error.ts';

/** What a bubble needs of the conversation it stands in. */
export type Room = {
  sender: () => string;
  openMenu: (bubble: Bubble, opener: Element) => void;
  jump: (seq: number) => void;
  /** The long texts that somebody has unfolded here, by the ids of their messages. */
  unfolded: Set<Id>;
  /** A message has become longer without any change of what it says. */
  grown: () => void;
};

/** One message: what it answers, its text, its time and, for one's own, how far it has come. */
export function createBubble(ui: Ui, room: Room, row: BubbleRow) {
  const { i18n } = ui;
  const { t } = i18n;
  const { id, own } = row.bubble;
  let shown = row.bubble;
  let editTrouble: ReturnType<typeof createEditTrouble> | undefined;

  // What few bubbles have is made when one has it: there may be hundreds, and each node is laid out.
  let dressed: BubbleRow | undefined;
  let named = '';
  let quote: ReturnType<typeof createQuote> | undefined;
  let edited: HTMLElement | undefined;
  let trouble: ReturnType<typeof createTrouble> | undefined;

  const sender = visuallyHidden('');
  const text = el('p', { class: 'bubble-text' });
  const showText = foldedText(i18n, text, { whole: room.unfolded.has(id), onUnfold });
  const time = document.createTextNode('');
  const tick = own ? createTick(i18n) : undefined;
  const meta = el('p', { class: 'bubble-meta' }, time, tick?.node);
  const article = el('article', { class: 'bubble' }, sender, text, meta);
  const more = el('button', {
    type: 'button',
    class: 'bubble-more',
    tabindex: -1,
    'aria-label': t('bubble.more'),
    'aria-haspopup': 'menu',
  });
  const line = el('div', { class: 'bubble-line' }, article, more);
  const node = el('li', { class: `row ${own ? 'row-own' : 'row-other'}` }, line);

  function update(row: BubbleRow): void {
    const name = room.sender();
    if (dressed && named === name && isSame(dressed, row)) return;
    dressed = row;
    named = name;
    const { bubble, first } = row;
    shown = bubble;
    setText(sender, `${own ? t('bubble.you') : name}: `);
    dressQuote(bubble, name);
    dressText(bubble);
    dressEdited(bubble);
    dressTrouble(bubble);
    setText(time, row.time);
    more.hidden = bubble.pending !== undefined;
    node.classList.toggle('row-first', first);
    tick?.update(bubble.tick);
    if (own) updateState(bubble);
  }

  /** Its row may be taken out and come back, and is then as it was left. */
  function onUnfold(): void {
    room.unfolded.add(id);
    room.grown();
  }

  function dressQuote(bubble: Bubble, name: string): void {
    if (!quote && !bubble.quote) return;
    if (!quote) {
      quote = createQuote(ui, room.jump);
      text.before(quote.node);
    }
    quote.update(bubble.quote, name);
  }

  function dressEdited({ edited: isEdited, mutation }: Bubble): void {
    const shows = isEdited === true || mutation !== undefined;
    if (!edited && shows) {
      edited = el('span', {});
      time.before(edited);
    }
    if (!edited) return;
    edited.hidden = !shows;
    setText(edited, t(mutation ? `bubble.change.${mutation.kind}` : 'bubble.edited'));
  }

  function dressText({ text: words, deleted, locked }: Bubble): void {
    const look = deleted ? 'gone' : locked ? 'locked' : 'plain';
    if (look === 'plain') showText(words);
    else if (look !== text.dataset.kind) {
      showText('');
      const note = deleted ? t(own ? 'bubble.deletedOwn' : 'bubble.deleted') : t('chat.locked');
      text.replaceChildren(icon(deleted ? 'gone' : 'lock'), ` ${note}`);
    }
    text.dataset.kind = look;
  }

  function dressTrouble({ mutation }: Bubble): void {
    if (!editTrouble && mutation?.failed) {
      editTrouble = createEditTrouble(ui);
      node.append(editTrouble.node);
    }
    editTrouble?.update(mutation);
  }

  function updateState({ tick: state = 'sent', pending }: Bubble): void {
    node.dataset.status = state;
    const reason = state === 'sending' ? undefined : pending?.reason;
    if (!trouble && reason) {
      trouble = createTrouble(ui, { id, shown: () => shown });
      node.append(...trouble.nodes);
    }
    trouble?.update(state, reason);
  }

  /** On paper nothing is folded. */
  function print(onPaper: boolean): void {
    if (text.dataset.kind === 'plain') showText(shown.text, onPaper);
  }

  /** A message that has not left has no menu. */
  function openMenu(): void {
    if (!shown.pending) room.openMenu(shown, more);
  }

  return { node, update, more, openMenu, print, shown: () => shown };
}
