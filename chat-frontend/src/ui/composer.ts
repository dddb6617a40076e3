import type { Id } from '../../../chat-core/src/wire.ts';
import { el, setText } from './el.ts';
import { icon } from './icons.ts';
import { onTouch, type Ui } from './ui.ts';

/** Code points the box accepts, and from where the counter shows (90 %). */
const LONGEST = 4_000;
const COUNT_FROM = 3_600;

/** Where a message is written. The text leaves only when the outbox has it, so it cannot be lost or sent twice. */
export function mountComposer({ i18n, actions, state }: Ui, conversationId: Id) {
  const { t } = i18n;
  let draftTimer: ReturnType<typeof setTimeout> | undefined;

  const input = el('textarea', {
    class: 'composer-input',
    rows: 1,
    dir: 'auto',
    placeholder: t('composer.placeholder'),
    'aria-label': t('composer.label'),
    'aria-describedby': 'composer-note',
    enterkeyhint: onTouch() ? 'enter' : 'send',
    on: { input: onInput, keydown: onKey },
  });
  const note = el('p', { class: 'composer-note', id: 'composer-note', role: 'status' });
  const send = el(
    'button',
    {
      type: 'submit',
      class: 'composer-send',
      'aria-label': t('composer.send'),
      // A press must not take the focus from the text, which would close a phone's keyboard.
      on: { pointerdown: (event) => event.preventDefault() },
    },
    icon('send'),
  );
  const node = el(
    'form',
    {
      class: 'composer',
      on: {
        submit: (event) => {
          event.preventDefault();
          submit();
        },
      },
    },
    el('div', { class: 'composer-row' }, input, send),
    note,
  );

  function onKey(event: KeyboardEvent): void {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || composing || onTouch()) return;
    event.preventDefault();
    submit();
  }

  function onInput(): void {
    fit();
    clearTimeout(draftTimer);
    draftTimer = setTimeout(keepDraft, 300);
  }

  const keepDraft = () => {
    clearTimeout(draftTimer);
    actions.keepDraft(conversationId, input.value);
  };

  /** Grows from one line to six (the style sheet's limit), counts near the end of what a message may hold. */
  function fit(): void {
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight}px`;
    const length = [...input.value].length;
    const over = length > LONGEST;
    if (length < COUNT_FROM) setText(note, '');
    else setText(note, t(over ? 'composer.over' : 'composer.left', { n: Math.abs(LONGEST - length) }));
    note.classList.toggle('composer-over', over);
    send.classList.toggle('composer-ready', input.value.trim() !== '' && !over);
  }

  function submit(): void {
    const text = input.value;
    input.focus();
    if (text.trim() === '' || [...text].length > LONGEST) return;
    if (!actions.send(conversationId, text)) {
      setText(note, t('composer.notKept'));
      return;
    }
    input.value = '';
    keepDraft();
    fit();
  }

  input.value = state().drafts[conversationId] ?? '';
  window.addEventListener('pagehide', keepDraft);

  return {
    node,
    /** Called once the node is in the page, where its height can be measured. */
    shown: fit,
    focus: () => input.focus({ preventScroll: true }),
    close(): void {
      keepDraft();
      window.removeEventListener('pagehide', keepDraft);
    },
  };
}
