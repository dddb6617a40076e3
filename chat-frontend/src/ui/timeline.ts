import type { Id } from '../../../chat-core/src/wire.ts';
import type { Chat } from '../chat.ts';
import { readUpTo } from '../marks.ts';
import type { State } from '../state.ts';
import { bubblesOf, companion } from '../views.ts';
import { mountAnnouncer } from './announcer.ts';
import { createBubble } from './bubble.ts';
import { bdi, el, setText } from './el.ts';
import { icon } from './icons.ts';
import { keyedList } from './list.ts';
import { type Row, rowsOf } from './rows.ts';
import { followResize, isAtEnd, keepPlace, toEnd } from './scroll.ts';
import type { Ui } from './ui.ts';

const LOAD_OLDER_PX = 400;

/** The messages of one conversation. Reading back is never disturbed: nodes stay, and so does the place. */
export function mountTimeline(ui: Ui, conversationId: Id) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  let name = '';
  let atEnd = true;
  let shown = false;
  let announced: number | undefined;
  let newestOwn = '';

  const list = el('ol', { class: 'timeline-list' });
  const startText = el('span', {});
  const hello = el('span', {}, t('chat.sayHi'));
  const start = el('p', { class: 'timeline-start' }, startText, ' ', hello);
  const loading = el('p', { class: 'timeline-loading', role: 'status' }, t('chat.loading'));
  const again = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => actions.loadOlder(conversationId) } },
    t('retry'),
  );
  const why = el('p', {});
  const failed = el('div', { class: 'timeline-failed', role: 'alert' }, why, again);
  const scroller = el(
    'div',
    { class: 'timeline-scroll', tabindex: 0, role: 'region', on: { scroll: look } },
    start,
    loading,
    failed,
    list,
  );
  const pill = el(
    'button',
    { type: 'button', class: 'timeline-pill', hidden: true, on: { click: () => toEnd(scroller) } },
    el('span', {}),
    icon('down'),
  );
  const announcer = mountAnnouncer(i18n, () => name);
  const node = el('div', { class: 'timeline' }, scroller, pill, announcer.node);
  const render = keyedList<Row>(list, {
    key: (row) => row.key,
    create: (row) => (row.kind === 'day' ? createDay() : keepKind(createBubble(ui, name, row))),
  });
  followResize(scroller, () => atEnd);

  function update(state: State): void {
    const chat = state.chats[conversationId];
    if (!chat) return;
    name = companion(state, chat)?.username ?? '';
    scroller.setAttribute('aria-label', t('chat.messages', { name }));
    const bubbles = bubblesOf(state, chat);
    keepPlace(scroller, list, () => {
      showEdges(chat, bubbles.length === 0);
      render(rowsOf(bubbles, i18n, ui.now()));
    });
    announceNew(chat, state);
    const own = bubbles.findLast((bubble) => bubble.pending)?.id ?? '';
    if (own && own !== newestOwn) toEnd(scroller);
    newestOwn = own;
    if (!shown && bubbles.length > 0) {
      shown = true;
      toEnd(scroller);
    }
    look();
  }

  function showEdges(chat: Chat, bare: boolean): void {
    start.hidden = !chat.complete;
    hello.hidden = !bare;
    if (startText.childNodes.length === 0) {
      const [before = '', after = ''] = t('chat.start', { name: '\0' }).split('\0');
      startText.append(before, bdi(name), after);
    }
    loading.hidden = !chat.loading;
    failed.hidden = chat.failure === undefined;
    setText(why, chat.failure ? `${t('chat.failed')} ${i18n.failure(chat.failure)}` : '');
  }

  /** The history is not news: announcing begins with what comes after it. */
  function announceNew(chat: Chat, state: State): void {
    if (!chat.loaded) return;
    for (const message of announced === undefined ? [] : chat.messages) {
      const fresh = message.seq > (announced ?? 0) && message.senderId !== state.me?.id;
      if (fresh) announcer.announce(message.locked ? t('chat.locked') : message.content);
    }
    announced = Math.max(announced ?? 0, chat.messages.at(-1)?.seq ?? 0);
  }

  /** Counts what lies below, and remembers what was seen while somebody is really looking. */
  function look(): void {
    atEnd = isAtEnd(scroller);
    const state = ui.state();
    const chat = state.chats[conversationId];
    if (!chat?.loaded) return;
    if (scroller.scrollTop < LOAD_OLDER_PX && !chat.failure) actions.loadOlder(conversationId);
    const newest = chat.messages.at(-1)?.seq ?? 0;
    if (atEnd && document.visibilityState === 'visible' && document.hasFocus()) {
      actions.markSeen(conversationId, newest);
    }
    const myId = state.me?.id ?? '';
    const read = readUpTo(ui.state().chats[conversationId] ?? chat, myId);
    const below = chat.messages.filter((m) => m.seq > read && m.senderId !== myId).length;
    pill.hidden = atEnd;
    pill.classList.toggle('timeline-pill-new', below > 0);
    pill.setAttribute('aria-label', below > 0 ? t('chat.newBelow', { n: below }) : t('chat.toEnd'));
    setText(pill.firstElementChild ?? pill, below > 0 ? t('chat.newBelow', { n: below }) : '');
  }

  const closing = new AbortController();
  window.addEventListener('focus', look, { signal: closing.signal });

  return {
    node,
    update,
    focus: () => scroller.focus({ preventScroll: true }),
    close(): void {
      closing.abort();
      announcer.close();
    },
  };
}

type RowView = { node: HTMLElement; update: (row: Row) => void };

function createDay(): RowView {
  const text = el('span', {});
  const node = el('li', { class: 'day' }, text);
  return { node, update: (row) => row.kind === 'day' && setText(text, row.text) };
}

/** A key belongs to one kind of row for ever, so a bubble's node is only ever updated as a bubble. */
function keepKind(view: ReturnType<typeof createBubble>): RowView {
  return { node: view.node, update: (row) => row.kind === 'bubble' && view.update(row) };
}
