import type { Bubble } from '../views.ts';
import { confirm } from './confirm.ts';
import { el, setText, spoken } from './el.ts';
import { icon } from './icons.ts';
import type { Row } from './rows.ts';
import { createTick } from './tick.ts';
import type { Ui } from './ui.ts';

type BubbleRow = Extract<Row, { kind: 'bubble' }>;

/** One message: its text, its time and, for one's own, how far it has come. */
export function createBubble({ i18n, actions }: Ui, sender: string, { bubble: { id, own } }: BubbleRow) {
  const { t } = i18n;
  const text = el('p', { class: 'bubble-text', dir: 'auto' });
  const time = el('time', {});
  const tick = createTick(i18n);
  const why = el('p', { class: 'bubble-why', hidden: true });
  const retry = el('button', { type: 'button', on: { click: () => actions.retry(id) } }, t('bubble.retry'));
  const remove = el('button', { type: 'button', on: { click: () => void onRemove() } }, t('bubble.delete'));
  const choices = el('p', { class: 'bubble-choices', hidden: true }, retry, remove);
  const node = el(
    'li',
    { class: `row ${own ? 'row-own' : 'row-other'}` },
    el(
      'article',
      { class: 'bubble' },
      spoken(`${own ? t('bubble.you') : sender}: `),
      text,
      el('p', { class: 'bubble-meta' }, time, tick.node),
    ),
    why,
    choices,
  );

  async function onRemove(): Promise<void> {
    if (await confirm(i18n, { title: t('bubble.deleteSure'), yes: t('bubble.delete') })) actions.remove(id);
  }

  function update({ bubble, first, last }: BubbleRow): void {
    if (bubble.locked) dressLocked();
    else setText(text, bubble.text);
    setText(time, i18n.time(bubble.at));
    node.classList.toggle('row-first', first);
    node.classList.toggle('row-last', last);
    tick.update(bubble.tick);
    if (own) updateState(bubble);
  }

  function dressLocked(): void {
    if (text.classList.contains('bubble-locked')) return;
    text.classList.add('bubble-locked');
    text.replaceChildren(icon('lock'), ` ${t('chat.locked')}`);
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

  return { node, update };
}
