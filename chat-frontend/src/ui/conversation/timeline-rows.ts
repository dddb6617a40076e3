import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import { el } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import { listenToSwipes } from '../lazy.ts';
import { areSingleKeysOn } from '../page-input/single-keys.ts';
import type { Ui } from '../ui.ts';
import { createBubble } from './bubble.ts';
import type { MenuActions } from './message-menu.lazy.ts';
import { listenForMenus, withMessageMenu } from './message-menu.ts';
import { createRovingTabindex, type RovingItem } from './roving-tabindex.ts';
import { createSeparator, type Row } from './rows.ts';

type Context = Omit<Parameters<typeof createBubble>[1], 'openMenu' | 'expanded'>;

/** Long messages that were expanded since the page was opened. */
const expanded = new Set<Id>();

/**
 * The rows of a timeline: bubbles and separators, whose nodes are reused. Each message has a menu; the keyboard walks from
 * one to the next, and a swipe replies. `context` is read for each new bubble.
 */
export function mountRows(
  ui: Ui,
  signal: AbortSignal,
  menuActionsOf: (bubble: Bubble) => MenuActions,
  context: Context,
) {
  const node = el('ol', { class: 'timeline-list' });
  const bubbleOf = new WeakMap<Element, ReturnType<typeof createBubble>>();
  const bubbles = () => [...node.children].flatMap((row) => bubbleOf.get(row) ?? []);
  const openMenu = (bubble: Bubble, opener: Element) =>
    withMessageMenu(ui, ({ openMessageMenu }) => openMessageMenu(ui, menuActionsOf(bubble), opener));
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

  function replyTo(row: Element): (() => void) | undefined {
    const bubble = bubbleOf.get(row);
    return bubble && !bubble.menuButton.hidden ? menuActionsOf(bubble.shown()).reply : undefined;
  }

  function rovingItems(): RovingItem[] {
    const withMenu = bubbles().filter(({ menuButton }) => !menuButton.hidden);
    return withMenu.map(({ menuButton: button, shown }) => ({
      button,
      act: (action) => menuActionsOf(shown())[action]?.(),
    }));
  }

  const rovingTabindex = createRovingTabindex(rovingItems, areSingleKeysOn);
  node.addEventListener('keydown', rovingTabindex.onKey);
  listenForMenus(node, (row) => bubbleOf.get(row)?.openMenu);
  listenToSwipes(node, replyTo);
  // Only Tab depends on where the list is entered; a refresh at each message would change another row as well.
  const onTab = ({ key }: KeyboardEvent) => key === 'Tab' && rovingTabindex.refresh();
  document.addEventListener('keydown', onTab, { signal, capture: true });

  return { node, bubbles, render };
}
