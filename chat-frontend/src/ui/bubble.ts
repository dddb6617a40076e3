import type { Bubble } from '../views.ts';
import { confirm } from './confirm.ts';
import { el, setText, spoken } from './el.ts';
import { type IconName, icon } from './icons.ts';
import type { Row } from './rows.ts';
import type { Ui } from './ui.ts';

type BubbleRow = Extract<Row, { kind: 'bubble' }>;
type Mark = 'waiting' | 'sending' | 'sent' | 'failed';

const ICONS: Record<Mark, IconName> = { waiting: 'clock', sending: 'clock', sent: 'check', failed: 'alert' };

/** One message: its text, its time and, for one's own, how far it has come. Only ✓ says that it is stored. */
export function createBubble({ i18n, actions }: Ui, sender: string, { bubble: { id, own } }: BubbleRow) {
  const { t } = i18n;
  const text = el('p', { class: 'bubble-text', dir: 'auto' });
  const time = el('time', {});
  const markIcon = el('span', { class: 'bubble-mark' });
  const markText = spoken('');
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
      el('p', { class: 'bubble-meta' }, time, own ? markIcon : undefined, own ? markText : undefined),
    ),
    why,
    choices,
  );
  let marked: Mark | undefined;

  async function onRemove(): Promise<void> {
    if (await confirm(i18n, { title: t('bubble.deleteSure'), yes: t('bubble.delete') })) actions.remove(id);
  }

  function update({ bubble, first, last }: BubbleRow): void {
    if (bubble.locked) dressLocked();
    else setText(text, bubble.text);
    setText(time, i18n.time(bubble.at));
    node.classList.toggle('row-first', first);
    node.classList.toggle('row-last', last);
    if (own) updateMark(bubble);
  }

  function dressLocked(): void {
    if (text.classList.contains('bubble-locked')) return;
    text.classList.add('bubble-locked');
    text.replaceChildren(icon('lock'), ` ${t('chat.locked')}`);
  }

  function updateMark({ pending }: Bubble): void {
    const mark: Mark = pending?.status ?? 'sent';
    if (mark !== marked) {
      markIcon.replaceChildren(icon(ICONS[mark]));
      setText(markText, t(`bubble.${mark}`));
      node.dataset.status = mark;
      if (mark === 'failed') why.setAttribute('role', 'alert');
      else why.removeAttribute('role');
    }
    marked = mark;
    const stuck = pending !== undefined && pending.reason !== undefined && mark !== 'sending';
    why.hidden = !stuck;
    choices.hidden = !stuck;
    setText(why, stuck && pending?.reason ? i18n.failure(pending.reason) : '');
  }

  return { node, update };
}
