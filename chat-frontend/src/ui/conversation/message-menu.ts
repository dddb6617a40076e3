import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { canWrite, isAllowed } from '../../state/selectors.ts';
import { lazyGroups, lazyMessageMenu, listenToLongPresses, withPart } from '../lazy.ts';
import type { Ui } from '../ui.ts';
import type { MenuActions } from './message-menu.lazy.ts';

type ComposerActions = { reply: (bubble: Bubble) => void; edit: (bubble: Bubble) => void };

/** A message may be dated this far ahead of the server's time, if the clock of the server was set back. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1_000;
/** Elements on which a right click opens the browser's own menu, to open, copy, save or correct. */
const NATIVE_MENU = 'a[href], img, input, textarea';

/** What this person may do with a stored message right now. */
export function menuActionsOf(
  ui: Ui,
  conversationId: Id,
  bubble: Bubble,
  composer: ComposerActions,
): MenuActions {
  const state = ui.state();
  const chat = state.chats[conversationId];
  const isReadable = !bubble.deleted && !bubble.locked;
  const mayWrite = chat !== undefined && canWrite(state, chat);
  const mayRemove = bubble.own || (chat !== undefined && isAllowed(state, chat, 'removeMessages'));
  const forEveryone = mayRemove && !bubble.deleted;
  const info = () =>
    withPart(ui, lazyGroups, ({ showMessageInfo }) =>
      showMessageInfo(ui, { conversationId, seq: bubble.seq ?? 0 }),
    );
  return {
    ...(mayWrite && !bubble.deleted ? { reply: () => composer.reply(bubble) } : {}),
    ...(isReadable
      ? { copy: () => withMessageMenu(ui, ({ copyMessage }) => void copyMessage(ui, bubble)) }
      : {}),
    ...(mayWrite && isEditable(ui, bubble) ? { edit: () => composer.edit(bubble) } : {}),
    ...(chat?.kind === 'group' && !bubble.deleted ? { info } : {}),
    remove: () =>
      withMessageMenu(ui, ({ deleteMessage }) => void deleteMessage(ui, conversationId, bubble, forEveryone)),
  };
}

/** Own messages can be edited for as long as the server allows; while that time is unknown, every edit is offered. */
export function isEditable({ state, now }: Ui, { own, seq, at, deleted, locked }: Bubble): boolean {
  const limit = state().serverInfo?.editMs ?? Number.POSITIVE_INFINITY;
  const age = now() - at;
  return own && seq !== undefined && !deleted && !locked && age <= limit && age >= -MAX_AHEAD_MS;
}

/** Runs a function of the lazy part of the menu, which is loaded once the page is shown. */
export const withMessageMenu = (ui: Ui, use: (part: typeof import('./message-menu.lazy.ts')) => void): void =>
  withPart(ui, lazyMessageMenu, use);

/**
 * Opens the menu of a row by its button, a long press, a right click or the menu key. The list listens for all of its
 * rows. A link, and a selected text, keep the browser's own menu.
 */
export function listenForMenus(
  list: HTMLElement,
  openerOf: (row: Element) => (() => void) | undefined,
): void {
  const openerAt = (selector: string) => (target: EventTarget | null) => {
    const row = target instanceof Element ? target.closest(selector)?.closest('.row') : undefined;
    return row ? openerOf(row) : undefined;
  };
  const openerAtLine = openerAt('.bubble-line');
  listenToLongPresses(list, openerAtLine);
  list.addEventListener('contextmenu', (event) => {
    const { target } = event;
    const isNative = target instanceof Element && target.closest(NATIVE_MENU);
    const open = getSelection()?.isCollapsed === false || isNative ? undefined : openerAtLine(target);
    if (!open) return;
    event.preventDefault();
    open();
  });
  list.addEventListener('click', ({ target }) => openerAt('.bubble-more')(target)?.());
}
