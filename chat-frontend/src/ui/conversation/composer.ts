import type { Id } from '../../../../chat-core/src/wire.ts';
import { isBlank } from '../../blank.ts';
import { messageAt } from '../../state/chat.ts';
import type { State } from '../../state/state.ts';
import { isGone } from '../../state/stretch.ts';
import { el, setText } from '../el.ts';
import { sayFailure } from '../failure-words.ts';
import { icon } from '../icons.ts';
import { onTouch, type Ui } from '../ui.ts';
import { type Aim, mountAim } from './composer-aim.ts';

/** Code points the box accepts, and from where the counter shows (90 %). */
const LONGEST = 4_000;
const COUNT_FROM = 3_600;

/**
 * Where a message is written, answered or edited. The text leaves only when the outbox has it, so it cannot be lost or
 * sent twice. `onUp`: ↑ in an empty composer.
 */
export function mountComposer(ui: Ui, conversationId: Id, onUp: () => void) {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  let draftTimer: ReturnType<typeof setTimeout> | undefined;
  let aim: Aim | undefined;
  let saving = false;

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
  const send = el('button', {
    type: 'submit',
    class: 'composer-send',
    // A press must not take the focus from the text, which would close a phone's keyboard.
    on: { pointerdown: (event) => event.preventDefault() },
  });
  const row = el('div', { class: 'composer-row' }, input, send);
  const bar = mountAim(ui, () => takeAim(undefined));
  const node = el('form', { class: 'composer', on: { submit: onSubmit } }, bar.node, row, note);

  function onSubmit(event: Event): void {
    event.preventDefault();
    submit();
  }

  function onKey(event: KeyboardEvent): void {
    const composing = event.isComposing || event.keyCode === 229;
    if (composing) return;
    if (event.key === 'Escape' && aim) {
      event.preventDefault();
      takeAim(undefined);
    } else if (event.key === 'ArrowUp' && !hasModifier(event) && input.value === '' && !aim) {
      event.preventDefault();
      onUp();
    } else if (event.key === 'Enter' && !event.shiftKey && !onTouch()) {
      event.preventDefault();
      submit();
    }
  }

  const hasModifier = ({ altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent) =>
    altKey || ctrlKey || metaKey || shiftKey;

  function onInput(): void {
    fit();
    if (!isBlank(input.value) && aim?.kind !== 'edit') actions.typing(conversationId);
    clearTimeout(draftTimer);
    draftTimer = setTimeout(keepDraft, 300);
  }

  /** The text of a message that is edited is no draft. */
  const keepDraft = () => {
    clearTimeout(draftTimer);
    if (aim?.kind !== 'edit') actions.keepDraft(conversationId, input.value);
  };

  /** Grows from one line to six (the style sheet's limit), counts near the end of what a message may hold. */
  function fit(): void {
    // Measured while its row keeps its height: the messages above would scroll if they had the room meanwhile.
    row.style.minHeight = `${row.offsetHeight}px`;
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight}px`;
    row.style.minHeight = '';
    const length = [...input.value].length;
    const over = length > LONGEST;
    if (length < COUNT_FROM) setText(note, '');
    else setText(note, t(over ? 'composer.over' : 'composer.left', { n: Math.abs(LONGEST - length) }));
    note.classList.toggle('composer-over', over);
    send.classList.toggle('composer-ready', !isBlank(input.value) && !over);
  }

  /** Another width breaks the lines elsewhere. */
  const onResize = () => input.value && fit();

  /** From now on what is written answers a message, or is its new text, or stands for itself. */
  function takeAim(next: Aim | undefined, focus = true): void {
    const edited = aim?.kind === 'edit';
    if (!edited) keepDraft();
    aim = next;
    bar.show(aim);
    dressSend();
    if (aim?.kind === 'edit') input.value = aim.bubble.text;
    else if (edited) input.value = state().drafts[conversationId] ?? '';
    fit();
    if (focus) input.focus();
  }

  function dressSend(): void {
    const editing = aim?.kind === 'edit';
    send.setAttribute('aria-label', t(editing ? 'composer.save' : 'composer.send'));
    send.replaceChildren(icon(editing ? 'check' : 'send'));
  }

  function submit(): void {
    const text = input.value;
    input.focus();
    if (isBlank(text) || [...text].length > LONGEST) return;
    if (aim?.kind === 'edit') void save(aim, text);
    else if (actions.send(conversationId, text, aim?.bubble.seq)) {
      input.value = '';
      keepDraft();
      takeAim(undefined);
    } else setText(note, t('composer.notKept'));
  }

  async function save(editing: Aim, text: string): Promise<void> {
    if (saving) return;
    saving = true;
    try {
      const { seq = 0, text: before } = editing.bubble;
      if (text !== before) {
        setText(note, t('form.busy'));
        await actions.edit({ conversationId, seq }, text);
      }
      if (aim === editing) takeAim(undefined);
    } catch (thrown) {
      if (aim === editing) sayFailure(note, i18n, thrown);
    } finally {
      saving = false;
    }
  }

  dressSend();
  input.value = state().drafts[conversationId] ?? '';
  window.addEventListener('pagehide', keepDraft);
  window.addEventListener('resize', onResize);

  return {
    node,
    /** Called once the node is in the page, where its height can be measured; an empty one has the style sheet's. */
    shown: () => input.value && fit(),
    takeAim,
    /** A message that is deleted meanwhile is neither answered nor edited. */
    update(now: State): void {
      const chat = now.chats[conversationId];
      const message = aim && chat && messageAt(chat, aim.bubble.seq ?? 0);
      if (message && isGone(message)) takeAim(undefined, false);
    },
    focus: () => input.focus({ preventScroll: true }),
    close(): void {
      keepDraft();
      window.removeEventListener('pagehide', keepDraft);
      window.removeEventListener('resize', onResize);
    },
  };
}
