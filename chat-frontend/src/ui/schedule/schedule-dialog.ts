import type { Id, Scheduled, ScheduledList } from '../../../../chat-core/src/wire/wire.ts';
import type { ApiErrorCode } from '../../api/api-error.ts';
import { newId } from '../../ids.ts';
import { chatTitle } from '../../state/selectors.ts';
import { showDialog } from '../dialog.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { fromLocalValue, nextHour, toLocalValue } from './local-time.ts';

const YEAR_MS = 366 * 24 * 3_600_000;
const MAX_LENGTH = 4_000;

/** A text of the composer, which leaves it by `onScheduled`. */
export type Composed = { text: string; onScheduled(): void };

/**
 * What is to be sent later in a conversation, and a form for another text, or for what was `composed`. What was refused at its time says
 * why.
 */
export function openSchedule(ui: Ui, conversationId: Id, composed?: Composed): void {
  const { i18n, http, notify, failed, state } = ui;
  const { t } = i18n;
  const chat = state().chats[conversationId];
  const format = new Intl.DateTimeFormat(i18n.locale, { dateStyle: 'medium', timeStyle: 'short' });
  let id = newId();
  let isSending = false;

  const list = el('ul', { class: 'schedule-list', 'aria-label': t('schedule.waiting') });
  const text = el('textarea', {
    class: 'schedule-text',
    rows: 3,
    maxlength: MAX_LENGTH,
    dir: 'auto',
    required: true,
    'aria-label': t('schedule.text'),
    placeholder: t('schedule.text'),
  });
  const time = el('input', {
    type: 'datetime-local',
    class: 'schedule-time',
    required: true,
    'aria-label': t('schedule.time'),
    min: toLocalValue(ui.now()),
    max: toLocalValue(ui.now() + YEAR_MS),
  });
  const problem = el('p', { class: 'schedule-problem', role: 'alert' });
  const save = el('button', { type: 'submit', class: 'button button-main' }, t('schedule.save'));
  const close = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => dialog.close() } },
    t('dialog.cancel'),
  );
  const form = el(
    'form',
    { class: 'schedule-form', on: { submit: onSubmit } },
    text,
    time,
    problem,
    el('div', { class: 'dialog-choices' }, close, save),
  );
  const dialog = el(
    'dialog',
    { class: 'dialog schedule', 'aria-labelledby': 'schedule-title' },
    el('h2', { id: 'schedule-title' }, t('schedule.title', { name: chat ? chatTitle(state(), chat) : '' })),
    list,
    form,
  );

  function item({ id: waiting, message, at, failure }: Scheduled): HTMLElement {
    const when = el('span', { class: 'schedule-when' }, format.format(at));
    const words = el('span', { class: 'schedule-words' }, when, bdi(message, 'schedule-message'));
    if (failure) {
      const reason = el('span', { class: 'schedule-problem' });
      showError(reason, i18n, failure as ApiErrorCode, { before: t('schedule.failed') });
      words.append(reason);
    }
    const label = t('schedule.remove', { text: message.slice(0, 40) });
    const remove = el(
      'button',
      {
        type: 'button',
        class: 'icon-button',
        'aria-label': label,
        title: t('bubble.delete'),
        on: { click: () => void removeOne(waiting) },
      },
      lazyIcon('trash'),
    );
    return el('li', {}, words, remove);
  }

  async function load(): Promise<void> {
    const { scheduled } = await http.get<ScheduledList>('/chat/scheduled');
    list.replaceChildren(...scheduled.filter((one) => one.conversationId === conversationId).map(item));
  }

  async function removeOne(waiting: Id): Promise<void> {
    try {
      await http.remove(`/chat/scheduled/${waiting}`);
      await load();
      text.focus();
    } catch (thrown) {
      showError(problem, i18n, thrown);
    }
  }

  async function onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const at = fromLocalValue(time.value);
    if (isSending || at === undefined || text.value.trim() === '') return;
    if (at <= ui.now()) {
      setText(problem, t('schedule.past'));
      return;
    }
    isSending = true;
    save.disabled = true;
    try {
      const input = { clientMessageId: id, conversationId, message: text.value, at };
      await http.post<Scheduled>('/chat/scheduled', input);
      id = newId();
      composed?.onScheduled();
      dialog.close();
      notify(t('schedule.done', { time: format.format(at) }));
    } catch (thrown) {
      showError(problem, i18n, thrown);
    }
    isSending = false;
    save.disabled = false;
  }

  time.value = toLocalValue(nextHour(ui.now()));
  text.value = composed?.text ?? '';
  showDialog(dialog, () => {});
  (composed ? time : text).focus();
  load().catch(failed);
}
