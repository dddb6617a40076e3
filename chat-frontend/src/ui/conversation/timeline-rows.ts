import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { el } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import { lazyMenus, listenToSwipes, withPart } from '../lazy.ts';
import { listenForMenus } from '../menus/listen-for-menus.ts';
import type { ComposerActions } from '../menus/message-menu.ts';
import { areSingleKeysOn } from '../page-input/single-keys.ts';
import type { Ui } from '../ui.ts';
import { createBubble } from './bubble.ts';
import { createSeparator, type Row } from './rows.ts';

type MenusPart = typeof import('../menus/menus.lazy.ts');
type Context = Omit<Parameters<typeof createBubble>[1], 'openMenu' | 'expanded'>;

/** A link, a picture or a field, and a selected text, keep the browser's own menu: to open, copy, save or correct. */
const hasNativeMenu = (target: EventTarget | null) =>
  getSelection()?.isCollapsed === false ||
  (target instanceof Element && target.closest('a[href], img, input, textarea') !== null);

/** Long messages that were expanded since the page was opened. */
const expanded = new Set<Id>();

/**
 * The rows of a timeline: bubbles and separators, whose nodes are reused. Each message has a menu; the keyboard walks from
 * one to the next, and a swipe replies. `context` is read for each new bubble.
 */
export function mountRows(ui: Ui, signal: AbortSignal, composer: ComposerActions, context: Context) {
  const node = el('ol', { class: 'timeline-list' });
  const bubbleOf = new WeakMap<Element, ReturnType<typeof createBubble>>();
  const bubbles = () => [...node.children].flatMap((row) => bubbleOf.get(row) ?? []);
  const { conversationId } = context;
  const place = { conversationId, list: node, bubbles };
  const targetOf = (bubble: Bubble) => ({ conversationId, bubble, composer, place });
  const openMenu = (bubble: Bubble, opener: Element) =>
    withPart(ui, lazyMenus, ({ openMessageMenu }) => openMessageMenu(ui, targetOf(bubble), opener));
  const render = keyedList<Row>(node, {
    key: (row) => row.key,
    create(row) {
      if (row.kind !== 'bubble') return createSeparator(row.kind);
      const bubble = createBubble(ui, { ...context, openMenu, expanded }, row);
      bubbleOf.set(bubble.node, bubble);
      // A key always belongs to one kind of row, so the node of a bubble is only ever updated with a bubble.
      return { node: bubble.node, update: (next) => next.kind === 'bubble' && bubble.update(next) };
    },
  });

  /** Before the menus are loaded, once the page is shown, a swipe does nothing. */
  function replyTo(row: Element): (() => void) | undefined {
    const bubble = bubbleOf.get(row)?.shown();
    return bubble && lazyMenus.loaded()?.messageAction(ui, targetOf(bubble), 'reply');
  }

  let keys: ReturnType<MenusPart['createMessageKeys']> | undefined;
  const messageKeys = () => {
    keys ??= lazyMenus.loaded()?.createMessageKeys(ui, bubbles, targetOf, areSingleKeysOn);
    return keys;
  };
  node.addEventListener('keydown', (event) => messageKeys()?.onKey(event));
  const openerAt = (selector: string) => (target: EventTarget | null) => {
    const row = target instanceof Element && target.closest(selector)?.closest('.row');
    return row ? bubbleOf.get(row)?.openMenu : undefined;
  };
  listenForMenus(node, openerAt('.bubble-line'), hasNativeMenu);
  node.addEventListener('click', ({ target }) => openerAt('.bubble-more')(target)?.());
  listenToSwipes(node, replyTo);
  // Only Tab depends on where the list is entered; a refresh at each message would change another row as well.
  const onTab = ({ key }: KeyboardEvent) => key === 'Tab' && messageKeys()?.refresh();
  document.addEventListener('keydown', onTab, { signal, capture: true });

  return { node, bubbles, render };
}
