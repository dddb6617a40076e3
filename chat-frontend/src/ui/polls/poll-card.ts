import '../../styles/poll-card.css';
import type { Id, Poll } from '../../../../chat-core/src/wire/wire.ts';
import type { Cancel } from '../../clock.ts';
import type { Bubble } from '../../state/selectors.ts';
import { bdi, el, setText, visuallyHidden } from '../el.ts';
import { icon } from '../icons.ts';
import type { Ui } from '../ui.ts';
import { isClosed, nextChoices, shownPoll, vote } from './vote.ts';

/** A later end is looked at again when the row is drawn next. */
const MAX_TIMER_MS = 24 * 60 * 60 * 1_000;

/**
 * The answers of a poll, after the `text` of its bubble, which is the question: each is a button that votes or takes the vote
 * back, and shows its result. A new result changes texts and attributes alone, so that a button keeps the focus.
 */
export function mountPoll(ui: Ui, conversationId: Id, text: HTMLElement) {
  const { i18n, clock, now } = ui;
  const { t } = i18n;
  const percent = new Intl.NumberFormat(i18n.locale, { style: 'percent' });
  const kind = el('p', { class: 'poll-kind' });
  const list = el('ul', { class: 'poll-answers' });
  const total = el('p', { class: 'poll-total' });
  const who = el(
    'button',
    { type: 'button', class: 'poll-who', on: { click: () => void showWho() } },
    t('poll.who'),
  );
  const node = el(
    'div',
    { class: 'poll', role: 'group', 'aria-label': t('poll.name') },
    kind,
    list,
    el('div', { class: 'poll-foot' }, total, who),
  );
  let answers: ReturnType<typeof createAnswer>[] = [];
  let shown: Bubble | undefined;
  let cancelEnd: Cancel = () => undefined;
  text.after(node);

  const refOf = ({ seq = 0 }: Bubble) => ({ conversationId, seq });

  function update(bubble: Bubble): void {
    shown = bubble;
    cancelEnd();
    node.hidden = !bubble.poll;
    if (bubble.poll) draw(shownPoll(refOf(bubble), bubble.poll));
  }

  function draw(poll: Poll): void {
    const closed = isClosed(poll, now());
    const { closesAt, multiple, voters } = poll;
    if (answers.length !== poll.answers.length) {
      answers = poll.answers.map((_, index) => createAnswer(() => press(index)));
      list.replaceChildren(...answers.map((answer) => el('li', {}, answer.node)));
    }
    poll.answers.forEach((answer, index) => {
      answers[index]?.update(answer, voters, closed);
    });
    list.classList.toggle('poll-multiple', multiple === true);
    node.classList.toggle('poll-closed', closed);
    setText(kind, `📊 ${t(closed ? 'poll.closed' : multiple ? 'poll.many' : 'poll.one')}`);
    const count = voters === 0 ? t('poll.none') : t(multiple ? 'poll.voters' : 'poll.votes', { n: voters });
    const isEnding = !closed && closesAt !== undefined;
    const end = isEnding ? t('poll.until', { time: i18n.moment(closesAt, now()) }) : '';
    setText(total, [count, end].filter(Boolean).join(' · '));
    who.hidden = voters === 0;
    // The end of a poll changes nothing at the server that a delta would bring.
    const left = isEnding ? closesAt - now() : Number.POSITIVE_INFINITY;
    if (left <= MAX_TIMER_MS) cancelEnd = clock.after(left, () => node.isConnected && shown && update(shown));
  }

  function press(index: number): void {
    if (!shown?.poll) return;
    const ref = refOf(shown);
    const poll = shownPoll(ref, shown.poll);
    if (isClosed(poll, now())) ui.notify(t('poll.isClosed'));
    else void vote(ui, ref, nextChoices(poll, index));
  }

  function createAnswer(onPress: () => void) {
    const words = bdi('');
    const spoken = visuallyHidden('');
    const share = el('span', { class: 'poll-share', 'aria-hidden': 'true' });
    const fill = el('span', { class: 'poll-fill' });
    const button = el(
      'button',
      { type: 'button', class: 'poll-answer', on: { click: onPress } },
      el('span', { class: 'poll-mark' }, icon('check')),
      el('span', { class: 'poll-words' }, words, ' ', spoken),
      share,
      el('span', { class: 'poll-bar' }, fill),
    );

    return {
      node: button,
      update({ text: answer, count, mine }: Poll['answers'][number], voters: number, closed: boolean) {
        const part = voters === 0 ? 0 : count / voters;
        const shownPart = percent.format(part);
        setText(words, answer);
        setText(share, voters === 0 ? '' : `${count} · ${shownPart}`);
        fill.style.width = `${part * 100}%`;
        setText(spoken, t('poll.result', { n: count, part: shownPart }));
        button.setAttribute('aria-pressed', String(mine === true));
        // A disabled button would lose the focus when the poll ends.
        button.setAttribute('aria-disabled', String(closed));
      },
    };
  }

  async function showWho(): Promise<void> {
    const bubble = shown;
    if (!bubble) return;
    await import('./polls.lazy.ts').then(
      (part) => part.showWhoVoted(ui, refOf(bubble)),
      () => ui.notify(t('lazy.failed')),
    );
  }

  return { update };
}
