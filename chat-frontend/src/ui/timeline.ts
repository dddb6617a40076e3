import type { Id } from '../../../chat-core/src/wire.ts';
import { createAttention } from '../attention.ts';
import { type Chat, missingQuotes } from '../chat.ts';
import { readUpTo } from '../marks.ts';
import type { State } from '../state.ts';
import { type Bubble, bubblesOf, companion, nameOf } from '../views.ts';
import { mountAnnouncer } from './announcer.ts';
import { createBubble } from './bubble.ts';
import { mountEdges } from './edges.ts';
import { el } from './el.ts';
import { createLine } from './line.ts';
import { keyedList } from './list.ts';
import { type MessageMoves, openMessageMenu } from './message-menu.ts';
import { swipes } from './parts.ts';
import { mountPill } from './pill.ts';
import { roving, type Stop } from './roving.ts';
import { type Row, rowsOf } from './rows.ts';
import { followResize, isAtEnd, keepPlace, pixelsBelow, toEnd } from './scroll.ts';
import { areSingleKeysOn } from './single-keys.ts';
import { onTouch, type Ui } from './ui.ts';

const LOAD_MORE_PX = 400;
const POINTED_MS = 2_000;

/** The messages of one conversation. Reading back is never disturbed: nodes stay, and so does the place. */
export function mountTimeline(ui: Ui, conversationId: Id, moves: (bubble: Bubble) => MessageMoves) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const bubbleOf = new WeakMap<Element, ReturnType<typeof createBubble>>();
  const closing = new AbortController();
  let name = '';
  let atEnd = true;
  let shown = false;
  let announced: number | undefined;
  let newestOwn = '';
  let wanted: number | undefined;
  let isDivided = false;
  /** Up to where everything was read then. */
  let divided: number | undefined;

  const list = el('ol', { class: 'timeline-list' });
  const edges = mountEdges(ui, () => actions.loadOlder(conversationId));
  const scroller = el(
    'div',
    { class: 'timeline-scroll', tabindex: 0, role: 'region', on: { scroll: look } },
    ...edges.nodes,
    list,
  );
  const pill = mountPill(i18n, toNewest);
  const announcer = mountAnnouncer(i18n, () => name);
  const node = el('div', { class: 'timeline' }, scroller, pill.node, announcer.node);
  const attention = createAttention(ui.clock, look);
  const keys = roving(stops, areSingleKeysOn);
  list.addEventListener('keydown', keys.onKey);

  const room = {
    sender: () => name,
    openMenu: (bubble: Bubble, opener: Element) => openMessageMenu(ui, moves(bubble), opener),
    jump: (seq: number) => void jump(seq),
    grown: look,
  };
  const render = keyedList<Row>(list, {
    key: (row) => row.key,
    create(row) {
      if (row.kind !== 'bubble') return createLine(row.kind);
      const bubble = createBubble(ui, room, row);
      bubbleOf.set(bubble.node, bubble);
      // A key belongs to one kind of row for ever, so a bubble's node is only ever updated as a bubble.
      return { node: bubble.node, update: (next) => next.kind === 'bubble' && bubble.update(next) };
    },
  });
  if (onTouch()) {
    swipes.fetch().then(
      ({ onSwipe }) => onSwipe(list, replyTo),
      () => undefined,
    );
  }
  followResize(scroller, () => atEnd && !chatNow()?.past);

  const chatNow = () => ui.state().chats[conversationId];

  const bubbles = () => [...list.children].flatMap((row) => bubbleOf.get(row) ?? []);

  function replyTo(row: Element): (() => void) | undefined {
    const bubble = bubbleOf.get(row);
    return bubble && !bubble.more.hidden ? moves(bubble.shown()).reply : undefined;
  }

  function stops(): Stop[] {
    return bubbles()
      .filter(({ more }) => !more.hidden)
      .map(({ more, shown }) => ({ button: more, act: (key) => moves(shown())[key]?.() }));
  }

  function update(state: State): void {
    const chat = state.chats[conversationId];
    if (!chat) return;
    divide(chat, state);
    name = nameOf(companion(state, chat));
    scroller.setAttribute('aria-label', t('chat.messages', { name }));
    const all = bubblesOf(state, chat);
    keepPlace(scroller, list, !chat.past, () => {
      edges.update(chat, name, all.length === 0);
      render(rowsOf(all, i18n, ui.now(), divided));
    });
    actions.readOthers(conversationId, missingQuotes(chat));
    announceNew(chat, state);
    const own = all.findLast((bubble) => bubble.pending)?.id ?? '';
    if (own && own !== newestOwn) toEnd(scroller);
    newestOwn = own;
    if (!shown && all.length > 0) {
      shown = true;
      toEnd(scroller);
    }
    point();
    look();
  }

  /** What was unread when somebody came is set apart for as long as they stay; what arrives meanwhile is not. */
  function divide(chat: Chat, state: State): void {
    if (isDivided || !chat.loaded) return;
    const myId = state.me?.id ?? '';
    const read = readUpTo(chat, myId);
    const isUnread = chat.messages.some(({ seq, senderId }) => seq > read && senderId !== myId);
    if (isUnread) divided = read;
    isDivided = isUnread || state.live;
  }

  /** The history is not news: announcing begins with what comes after it. */
  function announceNew(chat: Chat, state: State): void {
    if (!chat.loaded) return;
    for (const message of announced === undefined ? [] : chat.messages) {
      const fresh = message.seq > (announced ?? 0) && message.senderId !== state.me?.id;
      if (fresh && !message.deleted) announcer.announce(message.locked ? t('chat.locked') : message.content);
    }
    announced = Math.max(announced ?? 0, chat.messages.at(-1)?.seq ?? 0);
  }

  async function jump(seq: number): Promise<void> {
    wanted = seq;
    await actions.jump(conversationId, seq);
    point();
    wanted = undefined;
  }

  /** Shows the message that was jumped to, once it is there. */
  function point(): void {
    if (wanted === undefined) return;
    const bubble = bubbles().find(({ shown }) => shown().seq === wanted);
    if (!bubble) return;
    wanted = undefined;
    bubble.node.scrollIntoView({ block: 'center' });
    bubble.node.classList.add('row-pointed');
    setTimeout(() => bubble.node.classList.remove('row-pointed'), POINTED_MS);
    bubble.more.focus({ preventScroll: true });
  }

  function toNewest(): void {
    actions.toNewest(conversationId);
    toEnd(scroller);
  }

  /** Reads on at the edges, counts what lies below, and remembers what was seen while somebody is really looking. */
  function look(): void {
    const chat = chatNow();
    atEnd = isAtEnd(scroller) && !chat?.past;
    const looking = atEnd && document.visibilityState === 'visible' && document.hasFocus();
    const settled = attention.look(looking && chat?.loaded === true);
    if (!chat?.loaded) return;
    if (!chat.failure) readOn(chat);
    if (settled) actions.markSeen(conversationId, chat.messages.at(-1)?.seq ?? 0);
    const myId = ui.state().me?.id ?? '';
    const read = readUpTo(chatNow() ?? chat, myId);
    const below = chat.messages.filter((m) => m.seq > read && m.senderId !== myId && !m.deleted).length;
    pill.update(!atEnd, below);
  }

  function readOn(chat: Chat): void {
    if (wanted !== undefined) return;
    if (scroller.scrollTop < LOAD_MORE_PX) actions.loadOlder(conversationId);
    else if (chat.past && pixelsBelow(scroller) < LOAD_MORE_PX) actions.loadNewer(conversationId);
  }

  const { signal } = closing;
  for (const turn of ['focus', 'blur'] as const) window.addEventListener(turn, look, { signal });
  document.addEventListener('visibilitychange', look, { signal });
  // Where the tab order comes in is asked by this key alone, and moving it at each message would touch another row.
  const enter = ({ key }: KeyboardEvent) => key === 'Tab' && keys.refresh();
  document.addEventListener('keydown', enter, { signal, capture: true });

  return {
    node,
    update,
    close(): void {
      closing.abort();
      attention.close();
      announcer.close();
    },
  };
}
