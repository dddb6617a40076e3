import type { Forward, ForwardResult, Id } from '../../../../chat-core/src/wire/wire.ts';
import type { ApiErrorCode } from '../../api/api-error.ts';
import { chatRows } from '../../state/chat-rows.ts';
import { type Bubble, canWrite, chatTitle, filesOf } from '../../state/selectors.ts';
import { showDialog } from '../dialog.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';
import { forwardInput, runForward } from './forward-job.ts';

/** As many as the server takes. */
const MAX_TARGETS = 5;
export const MAX_FORWARDED = 30;
/** A shorter list needs no search. */
const SEARCH_FROM = 7;

/**
 * Asks to which chats these messages are to be forwarded, and forwards them: with progress, and with the reason for each chat
 * that refuses. `onDone` runs once all of them are stored somewhere.
 */
export function openForward(
  ui: Ui,
  conversationId: Id,
  bubbles: readonly Bubble[],
  onDone: () => void = () => {},
): void {
  const { i18n, state, actions, notify } = ui;
  const { t } = i18n;
  const seqs = bubbles.flatMap(({ seq }) => seq ?? []);
  const bytes = bubbles.flatMap(filesOf).reduce((sum, { size }) => sum + size, 0);
  const chosen = new Set<Id>();
  const closing = new AbortController();
  let input: Forward | undefined;
  let isRunning = false;

  const search = el('input', {
    type: 'search',
    class: 'forward-search',
    placeholder: t('forward.search'),
    'aria-label': t('forward.search'),
    autocomplete: 'off',
    on: { input: () => showList() },
  });
  const list = el('ul', { class: 'forward-list', on: { keydown: onKey } });
  const none = el('p', { hidden: true }, t('forward.noMatch'));
  const status = el('p', { class: 'forward-status', role: 'status' });
  const progress = el('progress', {
    class: 'forward-progress',
    hidden: true,
    'aria-label': t('forward.running'),
  });
  const failures = el('ul', { class: 'forward-failures' });
  const send = el(
    'button',
    { type: 'button', class: 'button button-main', disabled: true, on: { click: () => void run() } },
    t('forward.send'),
  );
  const cancel = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => dialog.close() } },
    t('dialog.cancel'),
  );
  const dialog = el(
    'dialog',
    { class: 'dialog forward', 'aria-labelledby': 'forward-title' },
    el('h2', { id: 'forward-title' }, t('forward.title', { n: seqs.length })),
    search,
    list,
    none,
    status,
    progress,
    el('div', { role: 'alert' }, failures),
    el('div', { class: 'dialog-choices' }, cancel, send),
  );

  const rows = chatRows(state(), ui.now()).flatMap((row) => {
    const chat = state().chats[row.id];
    return chat && canWrite(state(), chat) ? [{ row, item: createRow(row) }] : [];
  });

  function createRow({ id, name, face, isGroup, isNotes }: ReturnType<typeof chatRows>[number]) {
    const picture = avatar('avatar-small');
    picture.classList.toggle('avatar-group', isGroup);
    picture.classList.toggle('avatar-notes', isNotes);
    updateAvatar(picture, face ?? null, actions.picture(face ?? null));
    const box = el('input', { type: 'checkbox', on: { change: () => choose(id, box) } });
    return el('li', {}, el('label', { class: 'pick-row' }, picture, bdi(name, 'forward-name'), box));
  }

  function choose(id: Id, box: HTMLInputElement): void {
    if (box.checked && chosen.size >= MAX_TARGETS) {
      box.checked = false;
      setText(status, t('forward.atMost', { n: MAX_TARGETS }));
      return;
    }
    if (box.checked) chosen.add(id);
    else chosen.delete(id);
    // Another choice is another request.
    input = undefined;
    failures.replaceChildren();
    setText(status, chosen.size > 0 ? t('forward.chosen', { names: namesOf([...chosen]) }) : '');
    send.disabled = chosen.size === 0;
  }

  const namesOf = (ids: readonly Id[]) =>
    ids
      .flatMap((id) => state().chats[id] ?? [])
      .map((chat) => chatTitle(state(), chat))
      .join(', ');

  function showList(): void {
    const matches = new Set(chatRows(state(), ui.now(), search.value).map(({ id }) => id));
    let shown = 0;
    for (const { row, item } of rows) {
      item.hidden = !matches.has(row.id);
      if (!item.hidden) shown += 1;
    }
    none.hidden = shown > 0;
  }

  /** The arrow keys move between the chats. */
  function onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const boxes = [...list.querySelectorAll<HTMLInputElement>('li:not([hidden]) input')];
    const next = boxes.indexOf(document.activeElement as HTMLInputElement) + step;
    (next < 0 && !search.hidden ? search : boxes[next])?.focus();
  }

  function setRunning(running: boolean): void {
    isRunning = running;
    for (const part of [search, send]) part.disabled = running;
    for (const box of list.querySelectorAll('input')) box.disabled = running;
    progress.hidden = !running;
    if (running) setText(status, t('forward.running'));
  }

  async function run(): Promise<void> {
    if (isRunning || chosen.size === 0) return;
    // A repeat after a lost answer has the same ids, so nothing arrives twice.
    input ??= forwardInput(conversationId, seqs, [...chosen]);
    const total = bytes * chosen.size;
    let copied = 0;
    failures.replaceChildren();
    progress.removeAttribute('value');
    setRunning(true);
    const { signal } = closing;
    try {
      const results = await runForward(ui, input, {
        signal,
        onCopied(more) {
          copied += more;
          if (total > 0) progress.value = Math.min(1, copied / total);
        },
      });
      finish(results);
    } catch (thrown) {
      if (signal.aborted) return;
      setRunning(false);
      setText(status, '');
      const item = el('li', {});
      showError(item, i18n, thrown);
      failures.append(item);
      setText(send, t('bubble.retry'));
    }
  }

  function finish(results: ForwardResult[]): void {
    const refused = results.filter(({ failure }) => failure);
    const stored = results.filter(({ messages }) => messages.length > 0).map((one) => one.conversationId);
    if (stored.length > 0) onDone();
    if (refused.length === 0) {
      dialog.close();
      notify(t('forward.done', { names: namesOf(stored) }));
      const [only] = stored;
      if (stored.length === 1 && only !== undefined && only !== conversationId)
        actions.go({ name: 'chat', conversationId: only });
      return;
    }
    setRunning(false);
    setText(status, stored.length > 0 ? t('forward.partly', { names: namesOf(stored) }) : '');
    for (const { conversationId: id, failure } of refused) {
      const reason = el('span', {});
      showError(reason, i18n, failure?.code as ApiErrorCode);
      failures.append(el('li', {}, bdi(namesOf([id])), ': ', reason));
    }
    setText(send, t('bubble.retry'));
  }

  list.append(...rows.map(({ item }) => item));
  search.hidden = rows.length < SEARCH_FROM;
  showDialog(dialog, () => closing.abort());
  (search.hidden ? list.querySelector('input') : search)?.focus();
}
