import { parseRoute } from '../../router.ts';
import { markAllRead } from '../chats/chat-flags.ts';
import type { Ui } from '../ui.ts';
import { type Shortcut, shortcutOf } from './shortcut.ts';
import { showShortcuts } from './shortcut-help.ts';
import { areSingleKeysOn } from './single-keys.ts';

const TEXT_FIELDS = 'textarea, select, input:not([type=checkbox], [type=radio])';
/** The regions of the page in the order of F6, and where the focus goes in each. */
const REGIONS = [
  ['.chats', ['a[aria-current]', '.chats-search']],
  ['.timeline', ['.bubble-more[tabindex="0"]', '.bubble-more:not([hidden])', '.timeline-scroll']],
  ['.composer', ['textarea']],
  ['.main > :not(.conversation)', ['h1[tabindex]']],
] as const;

/** Handles the shortcuts of the whole page and the arrow keys in the list of chats. `ui` changes with the language. */
export function listenToKeys(page: Document, ui: () => Ui): void {
  const find = <Found extends HTMLElement>(selector: string) => page.querySelector<Found>(selector);
  const isShown = (node: Element | null) => node !== null && node.getClientRects().length > 0;
  const rows = () => [...page.querySelectorAll<HTMLAnchorElement>('.chats-list a')];

  page.addEventListener('keydown', (event) => {
    const { target } = event;
    const composing = event.isComposing || event.keyCode === 229;
    if (event.defaultPrevented || composing || !ui().state().me || find('dialog[open]')) return;
    if (!(target instanceof HTMLElement)) return;
    const context = { writing: target.matches(TEXT_FIELDS), single: areSingleKeysOn() };
    const { key, code, altKey, ctrlKey, metaKey, shiftKey } = event;
    const altGraph = event.getModifierState('AltGraph');
    const shortcut = shortcutOf({ key, code, altKey, ctrlKey, metaKey, shiftKey, altGraph }, context);
    const done = shortcut ? run(shortcut, target, context.writing) : moveInList(event, target);
    if (done) event.preventDefault();
  });

  function run(shortcut: Shortcut, target: HTMLElement, writing: boolean): boolean {
    switch (shortcut) {
      case 'find':
        return toSearch();
      case 'findInChat':
        return searchChat();
      case 'help':
        void showShortcuts(ui());
        return true;
      case 'previous':
        return toChat(-1);
      case 'next':
        return toChat(1);
      case 'unread':
        return follow(rows().find((row) => row.matches('.chat-unread:not([aria-current])')));
      case 'readAll':
        return readAll();
      case 'add':
        ui().actions.go({ name: 'add-friend' });
        return true;
      case 'nextRegion':
        return toRegion(1, target);
      case 'previousRegion':
        return toRegion(-1, target);
      case 'back': {
        // Leaving a form would lose its input; a conversation keeps its draft.
        const isForm = writing && !target.closest('.composer') && target !== find('.chats-search');
        const hasInput = target instanceof HTMLInputElement && target.value !== '';
        const link = isForm || hasInput ? null : find('.main .bar > a');
        link?.click();
        return link !== null;
      }
    }
  }

  function follow(link: HTMLAnchorElement | null | undefined): boolean {
    if (!link) return false;
    ui().actions.go(parseRoute(link.getAttribute('href') ?? ''));
    return true;
  }

  function toSearch(): boolean {
    const focus = () => find<HTMLInputElement>('.chats-search')?.select();
    if (isShown(find('.chats-search'))) focus();
    else {
      // The page shows the list before this listener runs.
      window.addEventListener('hashchange', focus, { once: true });
      ui().actions.go({ name: 'chats' });
    }
    return true;
  }

  /** Searches the conversation that is shown; elsewhere, and on the page of the search itself, the browser's own search opens. */
  function searchChat(): boolean {
    const open = parseRoute(location.hash);
    if (open.name === 'chat') ui().actions.go({ name: 'search', conversationId: open.conversationId });
    return open.name === 'chat';
  }

  function toChat(step: 1 | -1): boolean {
    const all = rows();
    const index = all.findIndex((row) => row.hasAttribute('aria-current'));
    const to = index < 0 ? (step > 0 ? 0 : -1) : index + step;
    return follow(all.at(to % all.length));
  }

  function readAll(): boolean {
    markAllRead(ui());
    return true;
  }

  function toRegion(step: 1 | -1, target: HTMLElement): boolean {
    const all = REGIONS.flatMap(([selector, selectors]) => {
      const region = find(selector);
      const within = (inside: string) => [...(region?.querySelectorAll<HTMLElement>(inside) ?? [])].at(-1);
      const focusable = selectors.map(within).find((node) => node);
      return region && focusable && isShown(focusable) ? [{ region, focusable }] : [];
    });
    const index = all.findIndex(({ region }) => region.contains(target));
    const next = all.at((index < 0 && step < 0 ? -1 : index + step) % all.length);
    next?.focusable.focus();
    return next !== undefined;
  }

  function moveInList({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, target: HTMLElement): boolean {
    const all = [...rows(), ...page.querySelectorAll<HTMLAnchorElement>('.chats .hit')];
    const inSearch = target === find('.chats-search');
    const index = all.indexOf(target as HTMLAnchorElement);
    if ((!inSearch && index < 0) || ctrlKey || metaKey || altKey) return false;
    if (inSearch && key === 'Enter') {
      all[0]?.click();
      return all.length > 0;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step === undefined) return false;
    const next = index + step < 0 ? find('.chats-search') : all[index + step];
    next?.focus();
    return next !== undefined && next !== null;
  }
}
