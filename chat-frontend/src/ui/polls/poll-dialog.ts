import '../../styles/form.css';
import '../../styles/poll-dialog.css';
import type { Id, Message, SendMessage } from '../../../../chat-core/src/wire/wire.ts';
import { newId } from '../../ids.ts';
import { showDialog } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';
import {
  answerFields,
  CLOSES_AFTER_H,
  emptyDraft,
  isEmptyDraft,
  MAX_ANSWER,
  MAX_QUESTION,
  type NewPoll,
  type PollDraft,
  type PollProblem,
  pollOf,
  problemOf,
} from './poll-draft.ts';

/** What was typed and not sent, by person and conversation, while the page is open. */
const drafts = new Map<string, PollDraft>();

/**
 * Asks for a poll in a group and sends it. The fields for answers grow as they are used. However the dialog is closed, what was
 * typed is there when it is opened again, until it is sent or cleared.
 */
export function openPollDialog(ui: Ui, conversationId: Id): void {
  const { i18n, http, actions, state } = ui;
  const { t } = i18n;
  const senderId = state().me?.id ?? '';
  const key = `${senderId} ${conversationId}`;
  let draft = drafts.get(key) ?? emptyDraft();
  let isSending = false;
  /** The poll that was sent last, whose answer may be lost: the same one again has the same id. */
  let last: { draft: string; id: Id; poll: NewPoll } | undefined;

  const questionError = el('p', { class: 'field-error', id: 'poll-question-error' });
  const question = el('textarea', {
    class: 'poll-question',
    id: 'poll-question',
    rows: 2,
    dir: 'auto',
    maxlength: MAX_QUESTION,
    enterkeyhint: 'next',
    'aria-required': 'true',
    'aria-describedby': 'poll-question-error',
    on: { input: onInput, keydown: onKey },
  });
  const answerList = el('ol', { class: 'poll-fields' });
  const answersError = el('p', { class: 'field-error', id: 'poll-answers-error' });
  const multiple = el('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    on: { change: onInput },
  });
  const closes = el(
    'select',
    { id: 'poll-closes', on: { change: onInput } },
    ...CLOSES_AFTER_H.map((hours) => el('option', { value: hours }, closingLabel(hours))),
  );
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const clear = el(
    'button',
    { type: 'button', class: 'poll-clear', on: { click: () => startAgain() } },
    t('poll.clear'),
  );
  const cancel = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => dialog.close() } },
    t('dialog.cancel'),
  );
  const send = el('button', { type: 'submit', class: 'button button-main' }, t('poll.send'));
  const dialog = el(
    'dialog',
    { class: 'dialog poll-dialog', 'aria-labelledby': 'poll-title' },
    el('div', { class: 'poll-head' }, el('h2', { id: 'poll-title' }, t('poll.create')), clear),
    el(
      'form',
      { class: 'form poll-form', novalidate: true, on: { submit: onSubmit } },
      el(
        'div',
        { class: 'field' },
        el('label', { for: 'poll-question' }, t('poll.question')),
        question,
        questionError,
      ),
      el(
        'fieldset',
        { class: 'field poll-answer-fields', 'aria-describedby': 'poll-answers-hint' },
        el('legend', {}, t('poll.answers')),
        answerList,
        answersError,
        el('p', { class: 'field-hint', id: 'poll-answers-hint' }, t('poll.answersHint')),
      ),
      el('label', { class: 'choice choice-switch' }, t('poll.allowMany'), multiple),
      el('div', { class: 'field' }, el('label', { for: 'poll-closes' }, t('poll.closes')), closes),
      errorText,
      el('div', { class: 'dialog-choices' }, cancel, send),
    ),
  );

  function closingLabel(hours: number): string {
    if (hours === 0) return t('poll.never');
    return hours < 48 ? t('expiry.hours', { n: hours }) : t('expiry.days', { n: hours / 24 });
  }

  const fields = () => [...answerList.querySelectorAll('input')];

  function show(): void {
    question.value = draft.question;
    multiple.checked = draft.multiple;
    closes.value = String(draft.hours);
    answerList.replaceChildren();
    fitFields();
    clear.hidden = isEmptyDraft(draft);
  }

  /** As many fields as the answers need; the one that has the focus stays. */
  function fitFields(): void {
    const count = answerFields(draft.answers);
    for (let index = fields().length; index < count; index++) answerList.append(answerField(index));
    for (const field of fields().slice(count).reverse())
      if (field !== document.activeElement) field.closest('li')?.remove();
  }

  function answerField(index: number): HTMLElement {
    const label = t('poll.answerAt', { n: index + 1 });
    const input = el('input', {
      type: 'text',
      dir: 'auto',
      autocomplete: 'off',
      maxlength: MAX_ANSWER,
      enterkeyhint: 'next',
      'aria-label': label,
      'aria-describedby': 'poll-answers-error',
      placeholder: label,
      on: { input: onInput, keydown: onKey },
    });
    input.value = draft.answers[index] ?? '';
    return el('li', {}, input);
  }

  function onInput(): void {
    draft = {
      question: question.value,
      answers: fields().map(({ value }) => value),
      multiple: multiple.checked,
      hours: Number(closes.value),
    };
    drafts.set(key, draft);
    fitFields();
    showProblem(undefined);
    clear.hidden = isEmptyDraft(draft);
  }

  /** Enter goes to the next field, after the last one to the button that sends. */
  function onKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const all = [question, ...fields()];
    const next = all[all.indexOf(event.target as HTMLInputElement) + 1] ?? send;
    next.focus();
  }

  function showProblem(problem: PollProblem | undefined): void {
    const text = problem ? t(problem.text) : '';
    const isQuestion = problem?.field === 'question';
    setText(questionError, isQuestion ? text : '');
    setText(answersError, isQuestion ? '' : text);
    [question, ...fields()].forEach((field, index) => {
      const isWrong = problem !== undefined && (isQuestion ? index === 0 : index - 1 === problem.field);
      if (isWrong) field.setAttribute('aria-invalid', 'true');
      else field.removeAttribute('aria-invalid');
      if (isWrong) field.focus();
    });
  }

  function startAgain(): void {
    drafts.delete(key);
    draft = emptyDraft();
    setText(errorText, '');
    show();
    showProblem(undefined);
    question.focus();
  }

  async function onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (isSending) return;
    setText(errorText, '');
    const problem = problemOf(draft);
    showProblem(problem);
    if (problem) return;
    const written = JSON.stringify(draft);
    if (last?.draft !== written) last = { draft: written, id: newId(), poll: pollOf(draft, ui.now()) };
    setSending(true);
    try {
      const input: SendMessage = { senderId, conversationId, clientMessageId: last.id, poll: last.poll };
      const message = await http.post<Message>('/chat/send', input);
      drafts.delete(key);
      showSent(message);
      dialog.close();
    } catch (thrown) {
      showError(errorText, i18n, thrown);
    }
    setSending(false);
  }

  function setSending(value: boolean): void {
    isSending = value;
    send.setAttribute('aria-disabled', String(value));
    setText(send, t(value ? 'form.busy' : 'poll.send'));
  }

  /** The poll appears at the end of its conversation, as a message does that was just written. */
  function showSent(message: Message): void {
    actions.toNewest(conversationId);
    actions.changed(message);
    requestAnimationFrame(() => {
      const scroller = document.querySelector('.timeline-scroll');
      scroller?.scrollTo({ top: scroller.scrollHeight });
    });
  }

  show();
  showDialog(dialog, () => undefined);
  question.focus();
}
