import type { I18n } from '../../i18n/i18n.ts';
import type { Chat } from '../../state/chat.ts';
import { isUnread, isUnreadMissing, readUpTo } from '../../state/receipts.ts';
import { type Bubble, NO_AUTHOR, type Quote } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { el, setText } from '../el.ts';
import { isUnreadBubble } from './scroll.ts';
import type { VisibleWindow } from './visible-window.ts';

/** A row of the timeline: the heading of a day, the line above the unread messages, a system row of a group, or a bubble. */
export type Row = { kind: Separator; key: string; text: string } | BubbleRow;
type Separator = 'day' | 'unread' | 'event';
/** `first`: it begins a run of messages of one sender. */
export type BubbleRow = { kind: 'bubble'; key: string; bubble: Bubble; first: boolean; time: string };

const MAX_RUN_GAP_MS = 5 * 60 * 1_000;

/**
 * Bubbles of one sender within five minutes form a run, and a new day begins a new run (features §4.3). With
 * `readSeq`, a separator is put above the first message of another person after that seq. A row depends only on the
 * rows before it, so a new message changes no other row.
 */
export function rowsOf(
  bubbles: readonly Bubble[],
  i18n: I18n,
  now: number,
  readSeq?: number,
  eventText: (bubble: Bubble) => string = () => '',
): Row[] {
  const rows: Row[] = [];
  const unread = bubbles.find((bubble) => readSeq !== undefined && isUnreadBubble(bubble, readSeq));
  bubbles.forEach((bubble, index) => {
    const previous = bubbles[index - 1];
    const day = i18n.dayKey(bubble.at);
    if (!previous || i18n.dayKey(previous.at) !== day) {
      // One day can have two headings, after a message that is dated in the future.
      rows.push({ kind: 'day', key: `day ${day} ${bubble.id}`, text: i18n.day(bubble.at, now) });
    }
    if (bubble === unread) rows.push({ kind: 'unread', key: 'unread', text: i18n.t('chat.unreadHere') });
    if (bubble.event || bubble.senderId === NO_AUTHOR) {
      rows.push({ kind: 'event', key: bubble.id, text: eventText(bubble) });
      return;
    }
    const first =
      !previous || previous.event !== undefined || bubble === unread || !isSameRun(previous, bubble, i18n);
    rows.push({
      kind: 'bubble',
      key: bubble.id,
      bubble,
      first,
      time: `${bubble.starred ? '★ ' : ''}${i18n.time(bubble.at)}`,
    });
  });
  return rows;
}

function isSameRun(a: Bubble, b: Bubble, i18n: I18n): boolean {
  return (
    a.senderId === b.senderId &&
    Math.abs(b.at - a.at) <= MAX_RUN_GAP_MS &&
    i18n.dayKey(a.at) === i18n.dayKey(b.at)
  );
}

/** Every field of a bubble except its quote; the type makes a new field fail to compile until it is listed here. */
const COMPARED: Record<Exclude<keyof Bubble, 'quote'>, true> = {
  id: true,
  own: true,
  senderId: true,
  text: true,
  at: true,
  seq: true,
  locked: true,
  deleted: true,
  edited: true,
  starred: true,
  timed: true,
  forwarded: true,
  attachments: true,
  reactions: true,
  poll: true,
  event: true,
  blocked: true,
  mentions: true,
  mutation: true,
  tick: true,
  pending: true,
};
const comparedFields = Object.keys(COMPARED) as (keyof typeof COMPARED)[];

/** Whether two rows show the same. */
export function isSameRow(a: BubbleRow, b: BubbleRow): boolean {
  if (a.first !== b.first || a.time !== b.time) return false;
  if (comparedFields.some((field) => a.bubble[field] !== b.bubble[field])) return false;
  const [quote, other] = [a.bubble.quote, b.bubble.quote];
  return quote === other || quoteKey(quote) === quoteKey(other);
}

/** What a quote shows: of files not their previews, which are large. */
const quoteKey = (quote?: Quote) => JSON.stringify(quote, (key, value) => (key === 'preview' ? '' : value));

/** The node of a row that is no bubble. */
export function createSeparator(kind: Separator): { node: HTMLElement; update: (row: Row) => void } {
  const text = el('span', {});
  const node = el('li', { class: kind }, text);
  return { node, update: (row) => row.kind !== 'bubble' && setText(text, row.text) };
}

/**
 * The position of the separator of the unread messages: fixed when the conversation opens, for as long as it is open.
 * Messages that arrive meanwhile do not move it.
 */
export function createUnreadStart() {
  let isFixed = false;
  /** The seq up to which everything was read when the conversation opened. */
  let readSeq: number | undefined;
  /** Whether the first unread message was not loaded then. */
  let isFirstMissing = false;

  return {
    update(chat: Chat, state: State): void {
      if (isFixed || !chat.loaded) return;
      const myId = state.me?.id ?? '';
      const read = readUpTo(chat, myId);
      isFirstMissing = isUnreadMissing(chat, myId);
      const hasUnread = isFirstMissing || chat.messages.some((message) => isUnread(message, read, myId));
      if (hasUnread) readSeq = read;
      isFixed = hasUnread || state.live;
    },
    /** The seq after which the separator is shown, while the first message after it is in the window. */
    within({ from }: VisibleWindow, chat: Chat): number | undefined {
      const first = (chat.jumpWindow?.messages ?? chat.messages)[0]?.seq ?? 0;
      if (readSeq === undefined || from > readSeq + 1) return undefined;
      return isFirstMissing && first > readSeq + 1 ? undefined : readSeq;
    },
  };
}
