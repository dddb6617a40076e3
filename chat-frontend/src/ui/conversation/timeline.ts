import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { type Chat, missingQuotes } from '../../state/chat.ts';
import { isUnread, isUnreadMissing, readUpTo } from '../../state/receipts.ts';
import { type Bubble, bubblesOf, companion, nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { el } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import { listenToSwipes } from '../lazy.ts';
import { areSingleKeysOn } from '../page-input/shortcut-help.ts';
import type { Ui } from '../ui.ts';
import { mountAnnouncer } from './announcer.ts';
import { createBubble } from './bubble.ts';
import { createDivider } from './divider.ts';
import { createAttention } from './dwell.ts';
import { pointAt } from './highlight.ts';
import { mountEdges } from './history-edge.ts';
import { mountPill } from './jump-to-latest.ts';
import { isNews, seenUpTo, toNews } from './last-seen-message.ts';
import { type MessageMoves, openMessageMenu } from './message-menu.ts';
import { roving, type Stop } from './roving-tabindex.ts';
import { opensMenus } from './row-menu.ts';
import { type Row, rowsOf } from './rows.ts';
import { farSide, followResize, isAtEnd, keepPlace, pixelsBelow, toEnd } from './scroll.ts';
import { placeIn } from './scroll-memory.ts';
import { createLine } from './separator.ts';
import {
  around,
  cut,
  EVERYTHING,
  isEndless,
  MOST,
  newest,
  type Span,
  widen,
  within,
} from './visible-window.ts';

const LOAD_MORE_PX = 400;
/** Long messages that were unfolded while the page is open. */
const unfolded = new Set<Id>();

/** The messages of one conversation. Reading back is never disturbed: nodes stay, and so does the place. */
export function mountTimeline(ui: Ui, conversationId: Id, moves: (bubble: Bubble) => MessageMoves) {
  const { i18n, actions } = ui;
  const bubbleOf = new WeakMap<Element, ReturnType<typeof createBubble>>();
  const closing = new AbortController();
  const divider = createDivider();
  let name = '';
  let atEnd = true;
  let shown = false;
  let newestOwn = '';
  let wanted: number | undefined;
  let span = EVERYTHING;
  /** The newest message that was there at the last update. */
  let newestSeq = 0;
  /** The page in which the unread begins was asked for where it was not held, and is on its way. */
  let sought = false;
  let seeking = false;
  /** Somebody went to the end by themselves, past what is unread. */
  let skipped = false;

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
  const chatNow = () => ui.state().chats[conversationId];
  const myId = () => ui.state().me?.id ?? '';
  const attention = createAttention(ui.clock, look);
  const place = placeIn(conversationId, scroller, {
    rows: () => bubbles(),
    lastSeq: () => chatNow()?.lastSeq ?? 0,
  });
  const keys = roving(stops, areSingleKeysOn);
  list.addEventListener('keydown', keys.onKey);
  opensMenus(list, (row) => bubbleOf.get(row)?.openMenu);
  const room = {
    sender: () => name,
    openMenu: (bubble: Bubble, opener: Element) => openMessageMenu(ui, moves(bubble), opener),
    jump: (seq: number) => void jump(seq),
    unfolded,
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
  listenToSwipes(list, replyTo);
  const stayAtEnd = followResize(scroller, () => atEnd && !chatNow()?.jumpWindow);
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
    // Whoever comes to see what is new does not come to a part of the past.
    if (!shown && chat.jumpWindow && place.seq === undefined) {
      actions.toNewest(conversationId);
      return;
    }
    divider.update(chat, state);
    name = nameOf(companion(state, chat));
    scroller.setAttribute('aria-label', i18n.t('chat.messages', { name }));
    const all = bubblesOf(state, chat);
    const own = all.findLast((bubble) => bubble.pending)?.id ?? '';
    const wrote = shown && own !== '' && own !== newestOwn;
    newestOwn = own;
    const followed = shown && atEnd;
    const read = readUpTo(chat, myId());
    const begin = place.seq ?? all.find((bubble) => isNews(bubble, read))?.seq;
    const wantedSpan = around(all, shown ? span : newest(all), shown ? wanted : begin);
    const far = all.length > MOST ? farSide(scroller) : 'older';
    draw(chat, all, wrote ? newest(all) : cut(all, wantedSpan, far));
    actions.readOthers(conversationId, missingQuotes(chat));
    announcer.follow(chat, state);
    if (wrote) {
      toEnd(scroller);
      skipped = true;
    } else if (!shown && all.length > 0) {
      shown = true;
      if (!place.restore()) toNews(scroller, bubbles(), read);
    } else if (followed) toNews(scroller, bubbles(), isLooking() ? newestSeq : read);
    newestSeq = chat.lastSeq;
    const isFirst = chat.loaded && !sought;
    sought = chat.loaded;
    if (isFirst && (followed || place.seq === undefined)) void seekUnread(chat);
    point();
    look();
  }

  /** Reads the page in which the unread begins, where it begins before what is held, and goes there. */
  async function seekUnread(chat: Chat): Promise<void> {
    if (!isUnreadMissing(chat, myId())) return;
    seeking = true;
    const read = readUpTo(chat, myId());
    await actions.jump(conversationId, read + 1);
    seeking = false;
    if (closing.signal.aborted) return;
    update(ui.state());
    toNews(scroller, bubbles(), read);
    look();
  }

  /** Shows these of the messages that are held. Whoever had the focus in one that goes keeps it among the others. */
  function draw(chat: Chat, all: readonly Bubble[], next: Span): void {
    const focused = list.contains(document.activeElement);
    // Asked of an empty list it would have all laid out once more.
    if (list.firstElementChild) stayAtEnd();
    keepPlace(scroller, list, !chat.jumpWindow && isEndless(span).newer, () => {
      span = next;
      edges.update(chat, name, { bare: all.length === 0, first: isEndless(span).older });
      render(rowsOf(within(all, span), i18n, ui.now(), divider.within(span, chat)));
    });
    if (focused && !list.contains(document.activeElement)) scroller.focus({ preventScroll: true });
  }

  async function jump(seq: number): Promise<void> {
    wanted = seq;
    await actions.jump(conversationId, seq);
    update(ui.state());
    wanted = undefined;
  }

  /** Shows the message that was jumped to, once it is there. */
  function point(): void {
    if (wanted === undefined) return;
    const bubble = bubbles().find(({ shown }) => shown().seq === wanted);
    if (!bubble) return;
    wanted = undefined;
    pointAt(bubble.node);
    bubble.more.focus({ preventScroll: true });
  }

  function toNewest(): void {
    skipped = true;
    actions.toNewest(conversationId);
    const chat = chatNow();
    if (chat) bring(chat, newest);
    toEnd(scroller);
  }

  /** Whether somebody has this page before their eyes. */
  const isLooking = () => actions.isActive() && document.hasFocus();

  /** Reads on at the edges, counts what lies below, and remembers what was seen while somebody is really looking. */
  function look(): void {
    // A scroll is told of in the next frame, when this may have left the page and everything in it has no height.
    if (closing.signal.aborted) return;
    const chat = chatNow();
    stayAtEnd();
    atEnd = (!list.firstElementChild || isAtEnd(scroller)) && !chat?.jumpWindow && isEndless(span).newer;
    const settled = attention.look(isLooking() && chat?.loaded === true);
    if (!chat?.loaded) return;
    if (!chat.failure) readOn(chat);
    if (settled) actions.markSeen(conversationId, seenIn(chat));
    const now = chatNow() ?? chat;
    const read = readUpTo(now, myId());
    const below = now.messages.filter((message) => isUnread(message, read, myId())).length;
    pill.update(!atEnd, now.jumpWindow ? Math.max(below, now.unread) : below);
  }

  /** The seq up to which the conversation was seen: what is not here was not, but for what somebody went past. */
  function seenIn(chat: Chat): number {
    if (isUnreadMissing(chat, myId()) && !skipped) return chat.seen;
    const { seq, isLast } = seenUpTo(scroller, bubbles(), readUpTo(chat, myId()));
    if (chat.jumpWindow || !isEndless(span).newer || !isLast) return seq;
    skipped = false;
    // What was deleted for this person stands behind the last message that is shown.
    return chat.messages.at(-1)?.seq ?? 0;
  }

  function readOn(chat: Chat): void {
    if (wanted !== undefined || seeking) return;
    if (scroller.scrollTop < LOAD_MORE_PX) {
      if (isEndless(span).older) actions.loadOlder(conversationId);
      else bring(chat, (all) => widen(all, span, 'older'));
    } else if (pixelsBelow(scroller) < LOAD_MORE_PX) {
      if (!isEndless(span).newer) bring(chat, (all) => widen(all, span, 'newer'));
      else if (chat.jumpWindow) actions.loadNewer(conversationId);
    }
  }

  /** Shows another span of what is held. */
  function bring(chat: Chat, next: (all: readonly Bubble[]) => Span): void {
    const all = bubblesOf(ui.state(), chat);
    draw(chat, all, next(all));
  }

  /** Paper has all that is held, whole; afterwards everything is in its place again. */
  function print(): void {
    const chat = chatNow();
    if (!chat) return;
    const [shownSpan, wasAtEnd, top] = [span, atEnd, scroller.scrollTop];
    bring(chat, () => EVERYTHING);
    for (const bubble of bubbles()) bubble.print(true);
    window.addEventListener(
      'afterprint',
      () => {
        for (const bubble of bubbles()) bubble.print(false);
        bring(chatNow() ?? chat, () => shownSpan);
        if (wasAtEnd) toEnd(scroller);
        else scroller.scrollTop = top;
      },
      { once: true, signal },
    );
  }

  const { signal } = closing;
  window.addEventListener('beforeprint', print, { signal });
  for (const turn of ['focus', 'blur'] as const) window.addEventListener(turn, look, { signal });
  document.addEventListener('visibilitychange', look, { signal });
  // Where the tab order comes in is asked by this key alone, and moving it at each message would touch another row.
  const enter = ({ key }: KeyboardEvent) => key === 'Tab' && keys.refresh();
  document.addEventListener('keydown', enter, { signal, capture: true });

  return {
    node,
    update,
    close(): void {
      if (shown) look();
      place.leave(atEnd);
      closing.abort();
      attention.close();
      announcer.close();
    },
  };
}
