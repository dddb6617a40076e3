import type { Message, Poll } from '../../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from '../../api/api.ts';
import { readAnswer } from '../../api/http.ts';
import { messageAt } from '../../state/chat.ts';
import type { Ui } from '../ui.ts';

/** The indexes of the answers that this person has chosen, ascending. */
export const ownChoices = ({ answers }: Pick<Poll, 'answers'>): number[] =>
  answers.flatMap(({ mine }, index) => (mine ? [index] : []));

/** The choices after a press on an answer: a chosen one is taken back; where only one is possible, another replaces it. */
export function nextChoices(poll: Pick<Poll, 'answers' | 'multiple'>, index: number): number[] {
  const own = ownChoices(poll);
  if (own.includes(index)) return own.filter((one) => one !== index);
  return poll.multiple ? [...own, index].sort((a, b) => a - b) : [index];
}

/** A poll as it is once this person's choices are these. */
export function withOwnChoices(poll: Poll, choices: readonly number[]): Poll {
  const answers = poll.answers.map(({ text, count, mine }, index) => {
    const isChosen = choices.includes(index);
    return {
      text,
      count: count + Number(isChosen) - Number(mine === true),
      ...(isChosen ? { mine: true as const } : {}),
    };
  });
  const voters = poll.voters + Number(choices.length > 0) - Number(ownChoices(poll).length > 0);
  return { ...poll, answers, voters };
}

/** Whether a poll takes no votes any more: it was closed, or its time is over (`now`: the time of the server). */
export const isClosed = ({ closed, closesAt }: Pick<Poll, 'closed' | 'closesAt'>, now: number): boolean =>
  closed === true || (closesAt !== undefined && closesAt <= now);

/** The choices that the server has not confirmed, by message. */
const unconfirmed = new Map<string, readonly number[]>();
const keyOf = ({ conversationId, seq }: MessageRef) => `${conversationId} ${seq}`;

/** A poll with the choices of this person that are on their way, whatever version of it has arrived meanwhile. */
export function shownPoll(ref: MessageRef, poll: Poll): Poll {
  const choices = unconfirmed.get(keyOf(ref));
  return choices ? withOwnChoices(poll, choices) : poll;
}

/**
 * Votes, changes the vote or, with no choices, takes it back. It is shown at once. Requests about one poll go one after
 * another, and what is chosen meanwhile is sent in one. When the server refuses or cannot be reached, what the server
 * knows is shown again, and the person is notified. Without a connection it is refused with a sentence.
 */
export async function vote(ui: Ui, ref: MessageRef, choices: readonly number[]): Promise<void> {
  // A vote is not queued: the poll may be closed by the time the box is reached again.
  if (ui.state().connection !== 'ok') {
    ui.notify(ui.i18n.t('poll.offline'));
    return;
  }
  const key = keyOf(ref);
  const isRunning = unconfirmed.has(key);
  unconfirmed.set(key, choices);
  redraw(ui, ref);
  if (isRunning) return;
  const path = `/conversations/${ref.conversationId}/messages/${ref.seq}/vote`;
  try {
    for (;;) {
      const sent = unconfirmed.get(key);
      const answer = await ui.http.request('PUT', path, { body: { choices: sent } });
      const message = await readAnswer<Message>(answer);
      const isLast = unconfirmed.get(key) === sent;
      if (isLast) unconfirmed.delete(key);
      ui.actions.changed(message);
      if (isLast) return;
    }
  } catch (thrown) {
    unconfirmed.delete(key);
    redraw(ui, ref);
    ui.failed(thrown);
  }
}

/** Another object for the same poll makes its row draw it again. */
function redraw(ui: Ui, { conversationId, seq }: MessageRef): void {
  const chat = ui.state().chats[conversationId];
  const message = chat && messageAt(chat, seq);
  if (message?.poll) ui.actions.changed({ ...message, poll: { ...message.poll } });
}
