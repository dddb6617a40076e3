import type { I18n } from '../i18n/i18n.ts';
import { el } from './el.ts';

/**
 * Shows a modal dialog and calls `onClose` once it is closed: by its buttons, by Esc, or by a navigation. The browser
 * keeps the focus inside and returns it.
 */
export function showDialog(dialog: HTMLDialogElement, onClose: () => void): void {
  const closing = new AbortController();
  window.addEventListener('hashchange', () => dialog.close(), { signal: closing.signal });
  dialog.addEventListener('close', () => {
    closing.abort();
    dialog.remove();
    onClose();
  });
  document.body.append(dialog);
  dialog.showModal();
}

export type Choice<Value> = {
  label: string;
  value: Value;
  danger?: boolean;
  soft?: boolean;
  plain?: boolean;
};

/**
 * Asks for a choice in a dialog. `body` is shown between the question and the choices; `cancel` is the label of the button
 * that chooses nothing.
 * @returns undefined when the dialog is dismissed
 */
export function choose<Value>(
  i18n: I18n,
  question: { title: string; lead?: string; body?: HTMLElement; choices: Choice<Value>[]; cancel?: string },
): Promise<Value | undefined> {
  let chosen: Value | undefined;
  const buttons = question.choices.map(({ label, value, danger, soft, plain }) => {
    const click = () => {
      chosen = value;
      dialog.close();
    };
    const look = soft ? 'button-soft' : danger ? 'button-danger' : plain ? '' : 'button-main';
    const className = `button ${look}`;
    return el('button', { type: 'button', class: className, on: { click } }, label);
  });
  const cancel = el(
    'button',
    { type: 'button', class: 'button', autofocus: !question.body, on: { click: () => dialog.close() } },
    question.cancel ?? i18n.t('dialog.cancel'),
  );
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    el('h2', { id: 'dialog-title' }, question.title),
    question.lead ? el('p', {}, question.lead) : undefined,
    question.body,
    el('div', { class: `dialog-choices ${buttons.length > 1 ? 'dialog-many' : ''}` }, cancel, ...buttons),
  );
  return new Promise((resolve) => showDialog(dialog, () => resolve(chosen)));
}

/** Asks to confirm an action that cannot be undone; false when the dialog is dismissed. */
export async function confirm(
  i18n: I18n,
  { title, lead = '', yes }: { title: string; lead?: string; yes: string },
): Promise<boolean> {
  return (await choose(i18n, { title, lead, choices: [{ label: yes, value: true, danger: true }] })) === true;
}
