import type { I18n } from '../i18n/i18n.ts';
import { el, setText } from './el.ts';
import { showError } from './error-message.ts';

const SHOWN_MS = 5_000;

/**
 * A message at the lower edge that disappears by itself, one at a time, with a button while it can be undone. The button
 * takes the focus when nothing has it; `onFocusLost` moves the focus on when the focused button disappears.
 */
export function mountToast(i18n: I18n, onFocusLost: () => void) {
  const text = el('span', { role: 'status' });
  const undo = el(
    'button',
    { type: 'button', class: 'toast-undo', hidden: true, on: { click: onUndo } },
    i18n.t('toast.undo'),
  );
  // Always rendered: a live region that is inserted together with its text is not announced.
  const node = el('div', { class: 'toast', on: { click: onClick } }, text, undo);
  let undoCurrent: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hide(): void {
    clearTimeout(timer);
    const focused = document.activeElement === undo;
    node.classList.remove('toast-shown');
    undo.hidden = true;
    undoCurrent = undefined;
    // Cleared, so that the same text is announced again.
    setText(text, '');
    if (focused) onFocusLost();
  }

  /** A press takes it away from what it covers; its details stay. */
  function onClick({ target }: Event): void {
    if (target === node || target === text) hide();
  }

  function onUndo(): void {
    undoCurrent?.();
    hide();
  }

  function appear(): void {
    hide();
    node.classList.add('toast-shown');
    timer = setTimeout(hide, SHOWN_MS);
  }

  return {
    node,
    show(message: string, onUndone?: () => void): void {
      appear();
      undoCurrent = onUndone;
      undo.hidden = !onUndone;
      setText(text, message);
      if (onUndone && document.activeElement === document.body) undo.focus();
    },
    fail(thrown: unknown): void {
      appear();
      showError(text, i18n, thrown);
    },
    close: () => clearTimeout(timer),
  };
}
