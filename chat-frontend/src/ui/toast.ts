import type { I18n } from '../i18n/i18n.ts';
import { el, setText } from './el.ts';
import { showError } from './error-message.ts';

const SHOWN_MS = 5_000;

/**
 * What is said in passing, one thing at a time, at the lower edge; with a button while it can be undone. The button takes
 * a focus that is nowhere, and `onLeft` says where it goes when the button does.
 */
export function mountToast(i18n: I18n, onLeft: () => void) {
  const text = el('span', { role: 'status' });
  const undo = el(
    'button',
    { type: 'button', class: 'toast-undo', hidden: true, on: { click: onUndo } },
    i18n.t('notice.undo'),
  );
  // Always rendered: what appears together with its text is not spoken.
  const node = el('div', { class: 'toast' }, text, undo);
  let undoing: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide(): void {
    clearTimeout(timer);
    const focused = document.activeElement === undo;
    node.classList.remove('toast-shown');
    undo.hidden = true;
    undoing = undefined;
    // What is said twice in a row is spoken twice.
    setText(text, '');
    if (focused) onLeft();
  }

  function onUndo(): void {
    undoing?.();
    hide();
  }

  function appear(): void {
    hide();
    node.classList.add('toast-shown');
    timer = setTimeout(hide, SHOWN_MS);
  }

  return {
    node,
    show(said: string, onUndone?: () => void): void {
      appear();
      undoing = onUndone;
      undo.hidden = !onUndone;
      setText(text, said);
      if (onUndone && document.activeElement === document.body) undo.focus();
    },
    fail(thrown: unknown): void {
      appear();
      showError(text, i18n, thrown);
    },
    close: () => clearTimeout(timer),
  };
}
