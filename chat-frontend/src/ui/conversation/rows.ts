import type { I18n } from '../../i18n/i18n.ts';
import type { Bubble } from '../../state/selectors.ts';

/** A line of the conversation: a day's heading, where the unread begins, or a bubble, perhaps the first of a run of one sender. */
export type Row =
  | { kind: 'day' | 'unread'; key: string; text: string }
  | { kind: 'bubble'; key: string; bubble: Bubble; first: boolean; time: string };

const RUN_MS = 5 * 60 * 1_000;

/**
 * Bubbles of one sender within five minutes form a run; a new day always begins a new one (features §4.3). With `read`,
 * what others wrote after that seq is set apart. A row depends on what stands before it alone, so that what arrives
 * changes none.
 */
export function rowsOf(bubbles: readonly Bubble[], i18n: I18n, now: number, read?: number): Row[] {
  const rows: Row[] = [];
  const unread = bubbles.find(({ own, seq = 0 }) => read !== undefined && !own && seq > read);
  bubbles.forEach((bubble, at) => {
    const before = bubbles[at - 1];
    const day = i18n.dayKey(bubble.at);
    if (!before || i18n.dayKey(before.at) !== day) {
      // After a message that was dated in the future one day can be headed twice.
      rows.push({ kind: 'day', key: `day ${day} ${bubble.id}`, text: i18n.day(bubble.at, now) });
    }
    if (bubble === unread) rows.push({ kind: 'unread', key: 'unread', text: i18n.t('chat.unreadHere') });
    const first = !before || bubble === unread || !isRun(before, bubble, i18n);
    rows.push({ kind: 'bubble', key: bubble.id, bubble, first, time: i18n.time(bubble.at) });
  });
  return rows;
}

function isRun(a: Bubble, b: Bubble, i18n: I18n): boolean {
  return a.own === b.own && Math.abs(b.at - a.at) <= RUN_MS && i18n.dayKey(a.at) === i18n.dayKey(b.at);
}

export type BubbleRow = Extract<Row, { kind: 'bubble' }>;

/** All of it, but for the quote: what is added to a bubble must be named here. */
const PARTS: Record<Exclude<keyof Bubble, 'quote'>, true> = {
  id: true,
  own: true,
  text: true,
  at: true,
  seq: true,
  locked: true,
  deleted: true,
  edited: true,
  mutation: true,
  tick: true,
  pending: true,
};
const parts = Object.keys(PARTS) as (keyof typeof PARTS)[];

/** Whether two rows show the same. */
export function isSame(a: BubbleRow, b: BubbleRow): boolean {
  if (a.first !== b.first || a.time !== b.time || parts.some((part) => a.bubble[part] !== b.bubble[part]))
    return false;
  const [quoted, other] = [a.bubble.quote, b.bubble.quote];
  return quoted === other || JSON.stringify(quoted) === JSON.stringify(other);
}
