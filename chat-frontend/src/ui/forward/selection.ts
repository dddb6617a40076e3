import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { type Bubble, nameById } from '../../state/selectors.ts';
import { copyText } from '../clipboard.ts';
import { confirm } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { type LazyIconName, lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { copiedText } from './copied-text.ts';
import { MAX_FORWARDED, openForward } from './forward-dialog.ts';

type ShownBubble = { node: HTMLElement; shown: () => Bubble };
/** Where messages are chosen: their list, and those of its rows that are rendered now. */
export type SelectionPlace = { conversationId: Id; list: HTMLElement; bubbles: () => ShownBubble[] };

const MAX_LABEL = 80;

/**
 * Chooses messages of a conversation: each row gets a checkbox, a bar in place of the heading says how many there are and copies,
 * forwards or deletes them. A press toggles a row, with Shift all up to the last one; arrow keys move, with Shift they choose;
 * Escape ends it, as does another page.
 */
export function startSelection(ui: Ui, place: SelectionPlace, first: Bubble): void {
  const { i18n, actions, notify } = ui;
  const { t } = i18n;
  const { conversationId, list, bubbles } = place;
  const screen = list.closest('.conversation');
  if (!screen || screen.classList.contains('selecting')) return;
  const chosen = new Map<Id, Bubble>();
  const ending = new AbortController();
  const { signal } = ending;
  let anchor = first.id;

  const count = el('span', { role: 'status' });
  const button = (icon: LazyIconName, label: string, click: () => void) =>
    el(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': label, title: label, on: { click } },
      lazyIcon(icon),
    );
  const copyButton = button('copy', t('bubble.copy'), () => void copy());
  const forwardButton = button('forward', t('bubble.forward'), forward);
  const bar = el(
    'div',
    { class: 'bar select-bar', role: 'toolbar', 'aria-label': t('select.title') },
    button('close', t('select.end'), () => end()),
    // The heading of the conversation is not shown meanwhile.
    el('h1', { class: 'select-count' }, count),
    copyButton,
    forwardButton,
    button('trash', t('remove.me'), () => void remove()),
  );

  const isChoosable = ({ pending, event, seq }: Bubble) => !pending && !event && seq !== undefined;
  const rows = () => bubbles().filter(({ shown }) => isChoosable(shown()));
  const boxOf = ({ node }: ShownBubble) => node.querySelector<HTMLInputElement>('.row-check');
  const inOrder = () => [...chosen.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));

  /** Rows that scroll into view get their checkbox. */
  function decorate(): void {
    for (const row of rows()) {
      const bubble = row.shown();
      let box = boxOf(row);
      if (!box) {
        box = el('input', { type: 'checkbox', class: 'row-check' });
        row.node.querySelector('.bubble-line')?.prepend(box);
      }
      const text = row.node.querySelector('.bubble')?.textContent ?? '';
      box.setAttribute('aria-label', text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL)}…` : text);
      box.checked = chosen.has(bubble.id);
      row.node.classList.toggle('row-chosen', box.checked);
      if (box.checked) chosen.set(bubble.id, bubble);
    }
    const readable = inOrder().filter(({ deleted, locked }) => !deleted && !locked);
    const isAllReadable = readable.length === chosen.size && chosen.size > 0;
    copyButton.disabled = !isAllReadable || readable.every(({ text }) => text === '');
    forwardButton.disabled = !isAllReadable;
    setText(count, t('select.count', { n: chosen.size }));
  }

  function set(bubble: Bubble, isChosen: boolean): void {
    if (isChosen) chosen.set(bubble.id, bubble);
    else chosen.delete(bubble.id);
  }

  function toggle(row: ShownBubble, withRange: boolean): void {
    const all = rows();
    const bubble = row.shown();
    const from = all.findIndex(({ shown }) => shown().id === anchor);
    const to = all.indexOf(row);
    if (withRange && from >= 0 && to >= 0)
      for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) set(one.shown(), true);
    else set(bubble, !chosen.has(bubble.id));
    anchor = bubble.id;
    if (chosen.size === 0) end();
    else decorate();
  }

  const rowAt = (target: EventTarget | null) => {
    const node = target instanceof Element ? target.closest('.row') : null;
    return rows().find((one) => one.node === node);
  };

  function onPress(event: MouseEvent): void {
    const row = rowAt(event.target);
    event.stopPropagation();
    if (event.target instanceof HTMLInputElement && row) {
      // The browser has toggled it; a click by Space is one, too.
      toggle(row, event.shiftKey);
      return;
    }
    event.preventDefault();
    if (row) toggle(row, event.shiftKey);
  }

  function onKey(event: KeyboardEvent): void {
    if (document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      end();
      return;
    }
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const here = rowAt(event.target);
    if (!step || !here) return;
    event.preventDefault();
    event.stopPropagation();
    const all = rows();
    const next = all[all.indexOf(here) + step];
    if (!next) return;
    if (event.shiftKey) {
      set(here.shown(), true);
      set(next.shown(), true);
      anchor = next.shown().id;
      decorate();
    }
    boxOf(next)?.focus();
  }

  /** No swipe, long press or menu of a row meanwhile. */
  const swallow = (event: Event) => event.stopPropagation();
  const swallowMenu = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };

  async function copy(): Promise<void> {
    const nameOf = (id: Id) => (id === ui.state().me?.id ? t('bubble.you') : nameById(ui.state(), id));
    const isCopied = await copyText(copiedText(i18n, inOrder(), nameOf));
    notify(t(isCopied ? 'select.copied' : 'toast.notCopied', { n: chosen.size }));
    end();
  }

  function forward(): void {
    if (chosen.size > MAX_FORWARDED) notify(t('forward.tooMany', { n: MAX_FORWARDED }));
    else openForward(ui, conversationId, inOrder(), () => end());
  }

  async function remove(): Promise<void> {
    const all = inOrder();
    const n = all.length;
    if (!(await confirm(i18n, { title: t('select.removeSure', { n }), yes: t('remove.me') }))) return;
    for (const { id, seq = 0 } of all) actions.deleteForMe(id, { conversationId, seq });
    notify(t('select.removed', { n }), () => {
      for (const { id } of all) actions.undoDelete(id);
    });
    end();
  }

  function end(): void {
    if (signal.aborted) return;
    ending.abort();
    observer.disconnect();
    const focused = document.activeElement?.closest('.row') ?? list.querySelector('.row-chosen');
    for (const box of list.querySelectorAll('.row-check')) box.remove();
    for (const row of list.querySelectorAll('.row-chosen')) row.classList.remove('row-chosen');
    bar.remove();
    screen?.classList.remove('selecting');
    focused?.querySelector<HTMLElement>('.bubble-more')?.focus({ preventScroll: true });
  }

  const observer = new MutationObserver(decorate);
  observer.observe(list, { childList: true });
  list.addEventListener('click', onPress, { capture: true, signal });
  list.addEventListener('contextmenu', swallowMenu, { capture: true, signal });
  list.addEventListener('pointerdown', swallow, { capture: true, signal });
  document.addEventListener('keydown', onKey, { capture: true, signal });
  window.addEventListener('hashchange', () => end(), { signal });

  screen.classList.add('selecting');
  screen.prepend(bar);
  set(first, true);
  decorate();
  const opened = rows().find(({ shown }) => shown().id === first.id);
  if (opened) boxOf(opened)?.focus({ preventScroll: true });
}
