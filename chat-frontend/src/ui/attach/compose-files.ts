import '../../styles/attach.css';
import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { createFileApi } from '../../api/files.ts';
import { isBlank } from '../../blank.ts';
import { noDraft, withText } from '../../state/draft.ts';
import { chatTitle } from '../../state/selectors.ts';
import { showDialog } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { formatSize } from '../format-size.ts';
import { mentionedIn } from '../group-chat/mentions.ts';
import { onTouch, type Ui } from '../ui.ts';
import { createFileItem, type FileItem } from './file-item.ts';

/** The limits of the core: files of a message, and code points of its text. */
const MAX_FILES = 10;
const MAX_CODE_POINTS = 4_000;

/** The sheet that is open: files that are pasted or dropped meanwhile join it. */
let open: { conversationId: Id; add: (files: readonly File[]) => void } | undefined;

/**
 * Opens a sheet with chosen files, their caption and what they will weigh; they are sent from there. The caption begins
 * with the draft of the conversation, and is the draft again when the sheet is closed without sending.
 */
export function composeFiles(ui: Ui, conversationId: Id, files: readonly File[]): void {
  if (files.length === 0) return;
  const sheet = open?.conversationId === conversationId ? open : openSheet(ui, conversationId);
  sheet.add(files);
}

function openSheet(ui: Ui, conversationId: Id) {
  const { i18n, actions, state, notify } = ui;
  const { t, locale } = i18n;
  const items: FileItem[] = [];
  /** One after another: each may take as much memory as a photo has pixels. */
  let preparing = Promise.resolve();
  let maxBytes: number | undefined;
  let isSending = false;
  let isSent = false;

  const list = el('ul', { class: 'attach-list' });
  const total = el('p', { class: 'attach-total', role: 'status' });
  const storageNote = el('p', { class: 'attach-total' });
  const problem = el('p', { class: 'form-error', role: 'alert' });
  const caption = el('textarea', {
    class: 'attach-caption',
    rows: 2,
    dir: 'auto',
    autofocus: !onTouch(),
    placeholder: t('attach.captionHint'),
    'aria-label': t('attach.caption'),
    on: { keydown: onKey },
  });
  const sendButton = el('button', { type: 'submit', class: 'button button-main' }, t('composer.send'));
  const cancelButton = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => dialog.close() } },
    t('dialog.cancel'),
  );
  const chat = () => state().chats[conversationId];
  const name = (() => {
    const now = chat();
    return now ? chatTitle(state(), now) : '';
  })();
  const form = el(
    'form',
    { on: { submit: onSubmit } },
    el('h2', { id: 'attach-title' }, t('attach.title', { name })),
    list,
    caption,
    total,
    storageNote,
    problem,
    el('div', { class: 'dialog-choices' }, cancelButton, sendButton),
  );
  const dialog = el('dialog', { class: 'dialog attach', 'aria-labelledby': 'attach-title' }, form);

  function onKey(event: KeyboardEvent): void {
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || isComposing || onTouch()) return;
    event.preventDefault();
    void send();
  }

  function onSubmit(event: Event): void {
    event.preventDefault();
    void send();
  }

  function add(files: readonly File[]): void {
    const room = MAX_FILES - items.length;
    if (files.length > room) setText(problem, t('attach.tooMany', { max: MAX_FILES }));
    for (const file of files.slice(0, room)) {
      const item = createFileItem(ui, file, {
        onChange: () => prepare(item),
        onRemove: () => remove(item),
        maxBytes: () => maxBytes,
      });
      items.push(item);
      list.append(item.node);
      prepare(item);
    }
  }

  function prepare(item: FileItem): void {
    preparing = preparing.then(item.prepare).then(showTotal);
  }

  function remove(item: FileItem): void {
    const index = items.indexOf(item);
    items.splice(index, 1);
    item.close();
    item.node.remove();
    setText(problem, '');
    showTotal();
    if (items.length === 0) dialog.close();
    else (items[index] ?? items[index - 1])?.removeButton.focus();
  }

  function showTotal(): void {
    const bytes = items.reduce((sum, item) => sum + item.bytes(), 0);
    setText(total, t('attach.total', { n: items.length, size: formatSize(bytes, locale) }));
  }

  async function send(): Promise<void> {
    if (isSending) return;
    isSending = true;
    setText(problem, '');
    sendButton.setAttribute('aria-busy', 'true');
    await trySending().catch((thrown: unknown) => showError(problem, i18n, thrown));
    sendButton.removeAttribute('aria-busy');
    isSending = false;
    if (isSent) dialog.close();
  }

  async function trySending(): Promise<void> {
    await preparing;
    const text = isBlank(caption.value) ? '' : caption.value;
    const excess = [...text].length - MAX_CODE_POINTS;
    if (excess > 0) return setText(problem, t('composer.over', { n: excess }));
    if (items.some((item) => item.hasProblem())) return setText(problem, t('attach.fix'));
    const files = items.flatMap((item) => item.result() ?? []);
    const { me, drafts } = state();
    const { edit, replyTo } = drafts[conversationId] ?? noDraft;
    const now = chat();
    const mentions = now?.kind === 'group' ? mentionedIn(text, now, me?.id) : [];
    const options = { mentions, ...(edit ? {} : { replyTo }) };
    if (!(await actions.sendFiles(conversationId, text, files, options)))
      return setText(problem, t('attach.noRoom'));
    isSent = true;
    if (!edit) actions.saveDraft(conversationId, noDraft);
  }

  function onClose(): void {
    open = undefined;
    for (const item of items) item.close();
    const draft = state().drafts[conversationId] ?? noDraft;
    // The sheet of an edited message has a caption of its own.
    if (!isSent && !draft.edit && caption.value !== draft.text)
      actions.saveDraft(conversationId, withText(draft, caption.value));
  }

  open = { conversationId, add };
  showDialog(dialog, onClose);
  // The composer has saved its draft when it lost the focus.
  const draft = state().drafts[conversationId] ?? noDraft;
  if (!draft.edit) caption.value = draft.text;
  actions.storesFiles().then(
    (isStored) => isStored === false && setText(storageNote, t('attach.notKept')),
    () => notify(t('lazy.failed')),
  );
  createFileApi(ui.http)
    .storageUse()
    .then(
      ({ maxFileBytes }) => {
        maxBytes = maxFileBytes;
        for (const item of items) item.show();
      },
      // The server decides when the file is sent.
      () => undefined,
    );
  return open;
}
