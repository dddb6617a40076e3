import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { isBlank } from '../../blank.ts';
import { messageAt } from '../../state/chat.ts';
import {
  type Draft,
  editing,
  noDraft,
  replying,
  targetOf,
  textOf,
  withoutTarget,
  withText,
} from '../../state/draft.ts';
import { isRemoved } from '../../state/message-range.ts';
import type { State } from '../../state/state.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { icon } from '../icons.ts';
import { onTouch, type Ui } from '../ui.ts';
import { holdDraft } from './composer-draft.ts';
import { mountTarget } from './composer-target.ts';

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
  const held = holdDraft(ui, conversationId);
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
  const bar = mountTarget(ui, conversationId, stepBack);
  const node = el('form', { class: 'composer', on: { submit: onSubmit } }, bar.node, row, note);

  function onSubmit(event: Event): void {
    event.preventDefault();
    submit();
  }

  function onKey(event: KeyboardEvent): void {
    const composing = event.isComposing || event.keyCode === 229;
    if (composing) return;
    const target = targetOf(held.get());
    if (event.key === 'Escape' && target) {
      event.preventDefault();
      stepBack();
    } else if (event.key === 'ArrowUp' && !hasModifier(event) && input.value === '' && !target) {
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
    held.change(withText(held.get(), input.value));
    if (!isBlank(input.value) && !held.get().edit) actions.typing(conversationId);
  }

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
  function take(next: Draft): void {
    held.change(next);
    held.keep();
    show();
  }

  function stepBack(): void {
    take(withoutTarget(held.get()));
    input.focus();
  }

  function show(): void {
    const text = textOf(held.get());
    // Setting the same would move the caret.
    if (input.value !== text) input.value = text;
    bar.update(targetOf(held.get()), state());
    dressSend();
    if (!node.hidden) fit();
  }

  function dressSend(): void {
    const { edit } = held.get();
    send.setAttribute('aria-label', t(edit ? 'composer.save' : 'composer.send'));
    send.replaceChildren(icon(edit ? 'check' : 'send'));
  }

  function submit(): void {
    const text = input.value;
    input.focus();
    if (isBlank(text) || [...text].length > LONGEST) return;
    const { edit, replyTo } = held.get();
    if (edit) void save(edit.seq, text);
    else if (actions.send(conversationId, text, replyTo)) take(noDraft);
    else setText(note, t('composer.notKept'));
  }

  async function save(seq: number, text: string): Promise<void> {
    const isStill = () => held.get().edit?.seq === seq;
    const message = messageOf(state(), seq);
    if (saving) return;
    saving = true;
    try {
      if (text !== message?.content) {
        setText(note, t('form.busy'));
        await actions.edit({ conversationId, seq }, text);
      }
      // This chat may have been left and opened again meanwhile.
      held.follow(state());
      if (isStill() && held.get().edit?.text === text) take(withoutTarget(held.get()));
    } catch (thrown) {
      if (isStill()) showError(note, i18n, thrown);
    } finally {
      saving = false;
    }
  }

  function messageOf({ chats }: State, seq: number) {
    const chat = chats[conversationId];
    return chat && messageAt(chat, seq);
  }

  dressSend();
  input.value = textOf(held.get());
  window.addEventListener('pagehide', held.keep);
  window.addEventListener('resize', onResize);

  return {
    node,
    /** Called once the node is in the page, where its height can be measured; an empty one has the style sheet's. */
    shown: () => input.value && fit(),
    reply(seq: number): void {
      take(replying(held.get(), seq));
      input.focus();
    },
    edit(seq: number, text: string): void {
      take(editing(held.get(), seq, text));
      input.focus();
    },
    /** Follows other tabs. A message that is deleted meanwhile is neither answered nor edited. */
    update(now: State): void {
      const isNew = held.follow(now);
      const target = targetOf(held.get());
      const message = target && messageOf(now, target.seq);
      const isLost = message !== undefined && isRemoved(message);
      if (isLost) held.show(withoutTarget(held.get()));
      if (isNew || isLost) show();
      else bar.update(target, now);
    },
    focus: () => input.focus({ preventScroll: true }),
    close(): void {
      held.keep();
      window.removeEventListener('pagehide', held.keep);
      window.removeEventListener('resize', onResize);
    },
  };
}
