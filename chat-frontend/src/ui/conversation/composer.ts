import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { isBlank } from '../../blank.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { recordingKey } from '../../local-db/account-keys.ts';
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
import { lazyGroupChat, lazyGroups, lazyRecorder, withPart } from '../lazy.ts';
import { lazyRichText } from '../lazy-content.ts';
import { onTouch, type Ui } from '../ui.ts';
import type { mountRecorder } from '../voice/recorder.lazy.ts';
import { openDraft } from './composer-draft.ts';
import { mountTarget } from './composer-target.ts';
import { listenForSchedule, mountTools } from './composer-tools.ts';

/** The limit of the core, in code points, and the length from which the counter is shown (90 %). */
const MAX_CODE_POINTS = 4_000;
const COUNTER_FROM = 3_600;
/** A second press on the send button by then is a double click, which records nothing. */
const DOUBLE_CLICK_MS = 700;

/**
 * Where a message is written, replied to or edited. The text leaves the input only once the outbox has it, so it is
 * neither lost nor sent twice. `onEditLast` runs on ↑ in an empty composer.
 */
export function mountComposer(ui: Ui, conversationId: Id, onEditLast: () => void) {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const draft = openDraft(ui, conversationId);
  let isSaving = false;
  let offersMentions = false;
  let recorder: ReturnType<typeof mountRecorder> | undefined;
  let isClosed = false;
  let sentAt = Number.NEGATIVE_INFINITY;

  const input = el('textarea', {
    class: 'composer-input',
    rows: 1,
    dir: 'auto',
    placeholder: t('composer.placeholder'),
    'aria-label': t('composer.label'),
    'aria-describedby': 'composer-note',
    enterkeyhint: onTouch() ? 'enter' : 'send',
    // What opens above it reads the draft.
    on: { input: onInput, keydown: onKey, blur: () => draft.save() },
  });
  const note = el('p', { class: 'composer-note', id: 'composer-note', role: 'status' });
  const sendButton = el('button', {
    type: 'submit',
    class: 'composer-send',
    // A press must not take the focus from the input, which would close a phone's keyboard.
    on: {
      pointerdown(event) {
        event.preventDefault();
        if (event.pointerType === 'mouse') return;
        // Shows the recorder, once it is loaded, that the finger is still there.
        sendButton.setPointerCapture(event.pointerId);
        record(event);
      },
    },
  });
  const row = el('div', { class: 'composer-row' }, input);
  // After the input: one Shift+Tab leads from there to the messages.
  row.append(...mountTools(ui, conversationId, input, row), sendButton);
  // A text that is sent later answers no message.
  listenForSchedule(ui, sendButton, conversationId, () =>
    isVoice() || targetOf(draft.get())
      ? undefined
      : { text: input.value, onScheduled: () => setDraft(noDraft) },
  );
  const targetBar = mountTarget(ui, conversationId, cancelTarget);
  const node = el('form', { class: 'composer', on: { submit: onSubmit } }, targetBar.node, row, note);

  function onSubmit(event: Event): void {
    event.preventDefault();
    if (isVoice()) record();
    else submit();
  }

  /** The send button of an empty composer records a voice message. */
  const isVoice = () => isBlank(input.value) && !draft.get().edit;

  /** A touch records as long as it lasts. */
  function record(hold?: PointerEvent): void {
    if (isVoice() && ui.clock.now() - sentAt >= DOUBLE_CLICK_MS) withRecorder(({ press }) => press(hold));
  }

  function withRecorder(use: (mounted: ReturnType<typeof mountRecorder>) => void): void {
    withPart(ui, lazyRecorder, ({ mountRecorder }) => {
      if (isClosed) return;
      recorder ??= mountRecorder(ui, conversationId, {
        row,
        button: sendButton,
        note,
        replyTo: () => draft.get().replyTo,
        onSent: () => setDraft(withoutTarget(draft.get())),
      });
      use(recorder);
    });
  }

  function onKey(event: KeyboardEvent): void {
    const isComposing = event.isComposing || event.keyCode === 229;
    if (isComposing) return;
    const target = targetOf(draft.get());
    if (event.key === 'Escape' && target) {
      event.preventDefault();
      cancelTarget();
    } else if (event.key === 'ArrowUp' && !hasModifier(event) && input.value === '' && !target) {
      event.preventDefault();
      onEditLast();
    } else if ((event.ctrlKey || event.metaKey) && lazyRichText.loaded()?.writeMark(event, input)) {
      event.preventDefault();
    } else if (event.key === 'Enter' && !event.shiftKey && !onTouch()) {
      event.preventDefault();
      submit();
    }
  }

  const hasModifier = ({ altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent) =>
    altKey || ctrlKey || metaKey || shiftKey;

  function onInput(): void {
    fitHeight();
    if (input.value.includes('@')) offerMentions();
    draft.change(withText(draft.get(), input.value));
    if (!isBlank(input.value) && !draft.get().edit) actions.typing(conversationId);
  }

  /** In a group, offers the members from the first @ on. */
  function offerMentions(): void {
    if (offersMentions || state().chats[conversationId]?.kind !== 'group') return;
    offersMentions = true;
    lazyGroups.load().then(
      ({ mountMentions }) => mountMentions(ui, conversationId, input),
      () => {
        offersMentions = false;
      },
    );
  }

  /** Grows the input from one line to six (the style sheet's limit), and shows the counter near the maximum length. */
  function fitHeight(): void {
    // The row keeps its height meanwhile: the messages above would scroll if they got the space.
    row.style.minHeight = `${row.offsetHeight}px`;
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight}px`;
    row.style.minHeight = '';
    const length = [...input.value].length;
    const isOver = length > MAX_CODE_POINTS;
    const difference = Math.abs(MAX_CODE_POINTS - length);
    if (length < COUNTER_FROM) setText(note, '');
    else setText(note, t(isOver ? 'composer.over' : 'composer.left', { n: difference }));
    note.classList.toggle('composer-over', isOver);
    sendButton.classList.toggle('composer-ready', !isBlank(input.value) && !isOver);
    updateSendButton();
  }

  /** Another width breaks the lines elsewhere. */
  const onResize = () => input.value && fitHeight();

  function setDraft(next: Draft): void {
    draft.change(next);
    draft.save();
    showDraft();
  }

  function cancelTarget(): void {
    setDraft(withoutTarget(draft.get()));
    input.focus();
  }

  function showDraft(): void {
    const text = textOf(draft.get());
    // Setting the same text would move the caret.
    if (input.value !== text) input.value = text;
    targetBar.update(targetOf(draft.get()), state());
    if (node.hidden) updateSendButton();
    else fitHeight();
  }

  /** Where the browser gives no microphone, the button of an empty composer looks as always, and says why it records nothing. */
  function updateSendButton(): void {
    const { edit } = draft.get();
    const name = edit ? 'check' : isVoice() && 'mediaDevices' in navigator ? 'mic' : 'send';
    if (sendButton.dataset.icon === name) return;
    sendButton.dataset.icon = name;
    sendButton.setAttribute('aria-label', t(name === 'check' ? 'composer.save' : `composer.${name}`));
    sendButton.replaceChildren(icon(name));
  }

  function submit(): void {
    const text = input.value;
    input.focus();
    if (isBlank(text) || [...text].length > MAX_CODE_POINTS) return;
    const { edit, replyTo } = draft.get();
    if (edit) void saveEdit(edit.seq, text);
    else if (actions.send(conversationId, text, { replyTo, mentions: mentionsIn(text) })) {
      sentAt = ui.clock.now();
      setDraft(noDraft);
    } else setText(note, t('composer.notStored'));
  }

  /** The members of a group that a text mentions. */
  function mentionsIn(text: string): Id[] {
    const { chats, me } = state();
    const chat = chats[conversationId];
    return (chat?.kind === 'group' && lazyGroupChat.loaded()?.mentionedIn(text, chat, me?.id)) || [];
  }

  async function saveEdit(seq: number, text: string): Promise<void> {
    const isStillEditing = () => draft.get().edit?.seq === seq;
    const message = messageOf(state(), seq);
    if (isSaving) return;
    isSaving = true;
    try {
      if (text !== message?.content) {
        setText(note, t('form.busy'));
        await actions.edit({ conversationId, seq }, text);
      }
      // The chat may have been left and opened again meanwhile.
      draft.follow(state());
      if (isStillEditing() && draft.get().edit?.text === text) setDraft(withoutTarget(draft.get()));
    } catch (thrown) {
      if (isStillEditing()) showError(note, i18n, thrown);
    } finally {
      isSaving = false;
    }
  }

  function messageOf({ chats }: State, seq: number) {
    const chat = chats[conversationId];
    return chat && messageAt(chat, seq);
  }

  input.value = textOf(draft.get());
  updateSendButton();
  const { me } = state();
  if (me && openKeyValueStore().getItem(recordingKey(me.id, conversationId)))
    withRecorder(({ restore }) => restore());
  window.addEventListener('pagehide', draft.save);
  window.addEventListener('resize', onResize);

  return {
    node,
    /** Call once the node is in the page, where its height can be measured; an empty input needs no measuring. */
    onMounted: () => input.value && fitHeight(),
    reply(seq: number): void {
      setDraft(replying(draft.get(), seq));
      input.focus();
    },
    edit(seq: number, text: string): void {
      setDraft(editing(draft.get(), seq, text));
      input.focus();
    },
    /** Follows the drafts of other tabs. A message that is deleted meanwhile is neither replied to nor edited. */
    update(now: State): void {
      const isNew = draft.follow(now);
      const target = targetOf(draft.get());
      const message = target && messageOf(now, target.seq);
      const isTargetGone = message !== undefined && isRemoved(message);
      if (isTargetGone) draft.showUnsaved(withoutTarget(draft.get()));
      if (isNew || isTargetGone) showDraft();
      else targetBar.update(target, now);
      // An @ may have been typed before the conversation was known.
      if (input.value.includes('@')) offerMentions();
    },
    focus: () => input.focus({ preventScroll: true }),
    close(): void {
      isClosed = true;
      recorder?.close();
      draft.save();
      window.removeEventListener('pagehide', draft.save);
      window.removeEventListener('resize', onResize);
    },
  };
}
