import type { Bubble } from '../views.ts';
import { confirm } from './choose.ts';
import { createEditTrouble } from './edit-trouble.ts';
import { el, setText, spoken } from './el.ts';
import { icon } from './icons.ts';
import { createQuote } from './quote.ts';
import type { Row } from './rows.ts';
import { createTick } from './tick.ts';
import { onHold } from './touch.ts';
import type { Ui } from './ui.ts';

type BubbleRow = Extract<Row, { kind: 'bubble' }>;

/** What a bubble needs of the conversation it stands in. */
export type Room = {
  sender: () => string;
  openMenu: (bubble: Bubble, opener: Element) => void;
  jump: (seq: number) => void;
};

/** One message: what it answers, its text, its time and, for one's own, how far it has come. */
export function createBubble(ui: Ui, room: Room, row: BubbleRow) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const { id, own } = row.bubble;
  let shown = row.bubble;
  let editTrouble: ReturnType<typeof createEditTrouble> | undefined;

  const sender = spoken('');
  const quote = createQuote(ui, room.jump);
  const text = el('p', { class: 'bubble-text', dir: 'auto' });
  const edited = el('span', { hidden: true }, t('bubble.edited'));
  const time = el('time', {});
  const tick = createTick(i18n);
  const article = el(
    'article',
    { class: 'bubble' },
    sender,
    quote.node,
    text,
    el('p', { class: 'bubble-meta' }, edited, time, tick.node),
  );
  const more = el(
    'button',
    {
      type: 'button',
      class: 'bubble-more',
      tabindex: -1,
      'aria-label': t('bubble.more'),
      'aria-haspopup': 'menu',
      on: { click: () => room.openMenu(shown, more) },
    },
    icon('more'),
  );
  const line = el('div', { class: 'bubble-line' }, article, more);
  const why = el('p', { class: 'bubble-why', hidden: true });
  const retry = el('button', { type: 'button', on: { click: () => actions.retry(id) } }, t('bubble.retry'));
  const remove = el('button', { type: 'button', on: { click: () => void onRemove() } }, t('bubble.delete'));
  const choices = el('p', { class: 'bubble-choices', hidden: true }, retry, remove);
  const node = el('li', { class: `row ${own ? 'row-own' : 'row-other'}` }, line, why, choices);
  onHold(line, () => !shown.pending && room.openMenu(shown, more));

  async function onRemove(): Promise<void> {
    if (await confirm(i18n, { title: t('bubble.deleteSure'), yes: t('bubble.delete') })) actions.remove(id);
  }

  function update({ bubble, first, last }: BubbleRow): void {
    shown = bubble;
    setText(sender, `${own ? t('bubble.you') : room.sender()}: `);
    quote.update(bubble.quote, room.sender());
    dressText(bubble);
    edited.hidden = !bubble.edited && !bubble.change;
    setText(edited, t(bubble.change ? `bubble.change.${bubble.change.kind}` : 'bubble.edited'));
    dressTrouble(bubble);
    setText(time, i18n.time(bubble.at));
    more.hidden = bubble.pending !== undefined;
    node.classList.toggle('row-first', first);
    node.classList.toggle('row-last', last);
    tick.update(bubble.tick);
    if (own) updateState(bubble);
  }

  function dressText({ text: words, deleted, locked }: Bubble): void {
    const look = deleted ? 'gone' : locked ? 'locked' : 'plain';
    if (look === 'plain') setText(text, words);
    else if (look !== text.dataset.look) {
      const note = deleted ? t(own ? 'bubble.deletedOwn' : 'bubble.deleted') : t('chat.locked');
      text.replaceChildren(icon(deleted ? 'gone' : 'lock'), ` ${note}`);
    }
    text.dataset.look = look;
  }

  function dressTrouble({ change }: Bubble): void {
    if (!editTrouble && change?.failed) {
      editTrouble = createEditTrouble(ui);
      node.append(editTrouble.node);
    }
    editTrouble?.update(change);
  }

  function updateState({ tick: state = 'sent', pending }: Bubble): void {
    if (state !== node.dataset.status) {
      node.dataset.status = state;
      if (state === 'failed') why.setAttribute('role', 'alert');
      else why.removeAttribute('role');
    }
    const reason = state === 'sending' ? undefined : pending?.reason;
    why.hidden = !reason;
    choices.hidden = !reason;
    setText(why, reason ? i18n.failure(reason) : '');
  }

  return { node, update, more, shown: () => shown };
}
