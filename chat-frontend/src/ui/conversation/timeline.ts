import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import { type Chat, missingQuotes } from '../../state/chat.ts';
import { isUnread, isUnreadMissing, readUpTo } from '../../state/receipts.ts';
import { type Bubble, bubblesOf, chatTitle, isBlocked, nameById, wordsOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import type { mountAnnouncer } from '../announcers/message-announcer.ts';
import { el } from '../el.ts';
import type { mountJumpToMention } from '../group-chat/jump-to-mention.ts';
import { lazyAnnouncers, lazyGroupChat } from '../lazy.ts';
import type { ComposerActions } from '../menus/message-menu.ts';
import { messagePreview } from '../message-preview.ts';
import type { Ui } from '../ui.ts';
import { createDwell, lastSeenIn } from './dwell.ts';
import { mountHistoryStart, mountJumpToLatest } from './history-edges.ts';
import { createUnreadStart, rowsOf } from './rows.ts';
import { createScroll, createScrollMemory, isUnreadBubble } from './scroll.ts';
import { createLateChanges, listenForPrint } from './timeline-changes.ts';
import { mountRows } from './timeline-rows.ts';
import {
  bubblesWithin,
  extendWindow,
  MAX_MESSAGES,
  newestWindow,
  trimWindow,
  UNBOUNDED,
  unboundedSides,
  type VisibleWindow,
  windowAround,
} from './visible-window.ts';

const LOAD_MORE_PX = 400;

/**
 * The messages of one conversation. An update renders the rows of a window of the loaded messages; then, as after each
 * scroll, `onViewChanged` loads more at the edges and marks what was seen. Nodes are reused, and the messages in
 * view do not move.
 */
export function mountTimeline(ui: Ui, conversationId: Id, composer: ComposerActions) {
  const { i18n, actions } = ui;
  const chatNow = () => ui.state().chats[conversationId];
  const myId = () => ui.state().me?.id ?? '';

  let name = '';
  let visible = UNBOUNDED;
  /** Whether messages were shown, at the position where the conversation opens. */
  let isOpened = false;
  let isAtEnd = true;
  /** The seq that is being jumped to. */
  let jumpTarget: number | undefined;
  /** The newest message at the last update, and the newest own one that is not sent yet. */
  let lastSeq = 0;
  let lastPendingId = '';
  let wasLoaded = false;
  /** Set while the page in which the unread messages begin is being loaded. */
  let isSeekingUnread = false;
  /** The reader went to the end, past unread messages that are not loaded. */
  let hasSkippedUnread = false;

  // A group is shown once this part is loaded.
  const group = () => (chatNow()?.kind === 'group' ? lazyGroupChat.loaded() : undefined);
  const nameOf = (userId: Id) =>
    group()?.memberName(i18n, ui.state(), conversationId, userId) ?? nameById(ui.state(), userId);
  // In a direct conversation only a change of its expiry is a system row.
  const lineOf = ({ senderId, event, text }: Pick<Bubble, 'senderId' | 'event'> & { text?: string }) => {
    if (!event) return text ?? '';
    const part = lazyGroupChat.loaded();
    if (!part) void lazyGroupChat.load().then(ui.redraw, () => undefined);
    return part?.systemLine(i18n, ui.state(), conversationId, senderId, event) ?? '';
  };
  const textOf = (message: Message) =>
    message.event ? lineOf(message) : messagePreview(ui, wordsOf(message), message.attachments);
  let jumpToMention: ReturnType<typeof mountJumpToMention> | undefined;

  const closing = new AbortController();
  const { signal } = closing;
  const rows = mountRows(ui, signal, composer, {
    conversationId,
    nameOf,
    get decorate() {
      return group()?.bubbleDecorator(ui, conversationId);
    },
    jump: (seq) => void jump(seq),
    onExpand: onViewChanged,
    onLate: createLateChanges((change) => scroll.preserve(isAtEnd, change)),
  });
  const { node: list, bubbles } = rows;
  const historyStart = mountHistoryStart(ui, () => actions.loadOlder(conversationId));
  const scroller = el(
    'div',
    { class: 'timeline-scroll', tabindex: 0, role: 'region', on: { scroll: onViewChanged } },
    ...historyStart.nodes,
    list,
  );
  const jumpToLatest = mountJumpToLatest(i18n, showLatest);
  let announcer: ReturnType<typeof mountAnnouncer> | undefined;
  const node = el('div', { class: 'timeline' }, scroller, jumpToLatest.node);

  const unreadStart = createUnreadStart();
  const dwell = createDwell(ui.clock, onViewChanged);
  const scroll = createScroll(scroller, list);
  const stayAtEnd = scroll.stayAtEndOnResize(() => isAtEnd && !chatNow()?.jumpWindow);
  const scrollMemory = createScrollMemory(conversationId, scroller, {
    bubbles,
    lastSeq: () => chatNow()?.lastSeq ?? 0,
  });

  function update(state: State): void {
    const chat = state.chats[conversationId];
    if (!chat) return;
    // A conversation opens at its newest or unread messages, unless its reader returns to an older one.
    if (!isOpened && chat.jumpWindow && (scrollMemory.seq ?? jumpTarget) === undefined) {
      actions.toNewest(conversationId);
      return;
    }
    unreadStart.update(chat, state);
    name = chatTitle(state, chat);
    scroller.setAttribute('aria-label', i18n.t('chat.messages', { name }));
    const all = bubblesOf(state, chat);
    const readSeq = readUpTo(chat, myId());
    const pendingId = all.findLast((bubble) => bubble.pending)?.id ?? '';
    const hasWritten = isOpened && pendingId !== '' && pendingId !== lastPendingId;
    lastPendingId = pendingId;
    const followsEnd = isOpened && isAtEnd;

    render(chat, all, hasWritten ? newestWindow(all) : nextWindow(all, readSeq));
    actions.readOthers(conversationId, missingQuotes(chat));
    if (!announcer) {
      announcer = lazyAnnouncers.loaded()?.mountAnnouncer(i18n);
      if (announcer) node.append(announcer.node);
    }
    announcer?.update(chat, state, nameOf, textOf);
    if (hasWritten) {
      scroll.toEnd();
      hasSkippedUnread = true;
    } else if (!isOpened && all.length > 0) {
      isOpened = true;
      if (!scrollMemory.restore()) scroll.toUnread(bubbles(), readSeq);
    } else if (followsEnd) scroll.toUnread(bubbles(), isViewed() ? lastSeq : readSeq);
    lastSeq = chat.lastSeq;
    const isFirstLoad = chat.loaded && !wasLoaded;
    wasLoaded = chat.loaded;
    if (isFirstLoad && jumpTarget === undefined && (followsEnd || scrollMemory.seq === undefined))
      void seekUnread(chat);
    highlightJumpTarget();
    onViewChanged();
  }

  /** The window of the next render: it has the message that is jumped to or, at first, the one to begin with. */
  function nextWindow(all: readonly Bubble[], readSeq: number): VisibleWindow {
    const begin = scrollMemory.seq ?? all.find((bubble) => isUnreadBubble(bubble, readSeq))?.seq;
    const [from, seq] = isOpened ? [visible, jumpTarget] : [newestWindow(all), jumpTarget ?? begin];
    const side = all.length > MAX_MESSAGES ? scroll.fartherSide() : 'older';
    return trimWindow(all, windowAround(all, from, seq), side);
  }

  /** Renders the rows of a window. The focus stays in the list when the node that had it is removed. */
  function render(chat: Chat, all: readonly Bubble[], next: VisibleWindow): void {
    const hadFocus = list.contains(document.activeElement);
    // With an empty list this would only force another layout.
    if (list.firstElementChild) stayAtEnd();
    const followEnd = !chat.jumpWindow && unboundedSides(visible).newer;
    scroll.preserve(followEnd, () => {
      visible = next;
      const isFirstShown = unboundedSides(visible).older;
      historyStart.update(chat, name, { isEmpty: all.length === 0, isFirstShown });
      const unreadFrom = unreadStart.within(visible, chat);
      rows.render(rowsOf(bubblesWithin(all, visible), i18n, ui.now(), unreadFrom, lineOf));
    });
    if (hadFocus && !list.contains(document.activeElement)) scroller.focus({ preventScroll: true });
  }

  /** Renders another window of the loaded messages. */
  function showWindow(next: (all: readonly Bubble[]) => VisibleWindow): void {
    const chat = chatNow();
    const all = chat ? bubblesOf(ui.state(), chat) : [];
    if (chat) render(chat, all, next(all));
  }

  /** Loads the page in which the unread messages begin, if it is not loaded, and scrolls to it. */
  async function seekUnread(chat: Chat): Promise<void> {
    if (!isUnreadMissing(chat, myId())) return;
    isSeekingUnread = true;
    const readSeq = readUpTo(chat, myId());
    await actions.jump(conversationId, readSeq + 1);
    isSeekingUnread = false;
    if (closing.signal.aborted) return;
    update(ui.state());
    scroll.toUnread(bubbles(), readSeq);
    onViewChanged();
  }

  async function jump(seq: number): Promise<void> {
    jumpTarget = seq;
    await actions.jump(conversationId, seq);
    update(ui.state());
    jumpTarget = undefined;
  }

  function highlightJumpTarget(): void {
    if (jumpTarget === undefined) return;
    const bubble = bubbles().find(({ shown }) => shown().seq === jumpTarget);
    if (!bubble) return;
    jumpTarget = undefined;
    scroll.toHighlighted(bubble.node);
    bubble.menuButton.focus({ preventScroll: true });
  }

  function showLatest(): void {
    hasSkippedUnread = true;
    actions.toNewest(conversationId);
    showWindow(newestWindow);
    scroll.toEnd();
  }

  /** Runs after whatever may change what is in view: an update, a scroll, the focus of the page. */
  function onViewChanged(): void {
    // A scroll event comes in the next frame, when the nodes may have left the page and have no height.
    if (closing.signal.aborted) return;
    const chat = chatNow();
    stayAtEnd();
    isAtEnd =
      !chat?.jumpWindow && unboundedSides(visible).newer && (!list.firstElementChild || scroll.isAtEnd());
    const hasDwelt = dwell.update(isViewed() && chat?.loaded === true);
    if (!chat?.loaded) return;
    if (!chat.failure) loadMore(chat);
    if (hasDwelt) actions.markSeen(conversationId, seenSeq(chat));
    const now = chatNow() ?? chat;
    const readSeq = readUpTo(now, myId());
    const isCounted = (message: Message) =>
      isUnread(message, readSeq, myId()) && !isBlocked(ui.state(), message.senderId);
    const below = now.messages.filter(isCounted).length;
    jumpToLatest.update(!isAtEnd, now.jumpWindow ? Math.max(below, now.unread) : below);
    showJumpToMention(now);
  }

  function showJumpToMention(chat: Chat): void {
    const part = group();
    if (part && !jumpToMention) {
      jumpToMention = part.mountJumpToMention(ui, (seq) => void jump(seq));
      node.append(jumpToMention.node);
    }
    jumpToMention?.update(chat);
  }

  /** Whether this page is in front of an active person. */
  const isViewed = () => actions.isActive() && document.hasFocus();

  /** Shows or loads another page where the view is close to an edge. */
  function loadMore(chat: Chat): void {
    if (jumpTarget !== undefined || isSeekingUnread) return;
    const unbounded = unboundedSides(visible);
    if (scroll.pixelsAbove() < LOAD_MORE_PX) {
      if (unbounded.older) actions.loadOlder(conversationId);
      else showWindow((all) => extendWindow(all, visible, 'older'));
    } else if (scroll.pixelsBelow() < LOAD_MORE_PX) {
      if (!unbounded.newer) showWindow((all) => extendWindow(all, visible, 'newer'));
      else if (chat.jumpWindow) actions.loadNewer(conversationId);
    }
  }

  /** The seq up to which the conversation was seen. What is not loaded was not seen, unless the reader skipped it. */
  function seenSeq(chat: Chat): number {
    if (isUnreadMissing(chat, myId()) && !hasSkippedUnread) return chat.seen;
    const { seq, isLast } = lastSeenIn(scroller, bubbles(), readUpTo(chat, myId()));
    if (chat.jumpWindow || !unboundedSides(visible).newer || !isLast) return seq;
    hasSkippedUnread = false;
    // Messages that are deleted for this person may follow the last one that is shown.
    return chat.messages.at(-1)?.seq ?? 0;
  }

  listenForPrint(signal, bubbles, () => {
    const before = { visible, isAtEnd, top: scroller.scrollTop };
    showWindow(() => UNBOUNDED);
    return () => {
      showWindow(() => before.visible);
      if (before.isAtEnd) scroll.toEnd();
      else scroller.scrollTop = before.top;
    };
  });
  // A hit of a search is opened.
  node.addEventListener('jump', (event) => void jump((event as CustomEvent<number>).detail));
  for (const type of ['focus', 'blur'] as const) window.addEventListener(type, onViewChanged, { signal });
  document.addEventListener('visibilitychange', onViewChanged, { signal });

  return {
    node,
    update,
    textOf,
    jump: (seq: number) => void jump(seq),
    close(): void {
      if (isOpened) onViewChanged();
      scrollMemory.save(isAtEnd);
      closing.abort();
      dwell.close();
      announcer?.close();
    },
  };
}
