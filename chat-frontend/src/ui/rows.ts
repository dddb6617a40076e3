import type { I18n } from '../i18n/i18n.ts';
import type { Bubble } from '../views.ts';

/** A line of the conversation: a day's heading, where the unread begins, or a bubble and its place in a run of one sender. */
export type Row =
  | { kind: 'day' | 'unread'; key: string; text: string }
  | { kind: 'bubble'; key: string; bubble: Bubble; first: boolean; last: boolean };

const RUN_MS = 5 * 60 * 1_000;

/** Bubbles of one sender within five minutes form a run; a new day always begins a new one (features §4.3). With `read`, what
 * others wrote after that seq is set apart. */
export function rowsOf(bubbles: readonly Bubble[], i18n: I18n, now: number, read?: number): Row[] {
  const rows: Row[] = [];
  const unread = bubbles.find(({ own, seq = 0 }) => read !== undefined && !own && seq > read);
  bubbles.forEach((bubble, at) => {
    const before = bubbles[at - 1];
    const after = bubbles[at + 1];
    const day = i18n.dayKey(bubble.at);
    if (!before || i18n.dayKey(before.at) !== day) {
      // The box's clock may jump back, so one day can be headed twice.
      rows.push({ kind: 'day', key: `day ${day} ${bubble.id}`, text: i18n.day(bubble.at, now) });
    }
    if (bubble === unread) rows.push({ kind: 'unread', key: 'unread', text: i18n.t('chat.unreadHere') });
    const first = !before || bubble === unread || !isRun(before, bubble, i18n);
    const last = !after || after === unread || !isRun(bubble, after, i18n);
    rows.push({ kind: 'bubble', key: bubble.id, bubble, first, last });
  });
  return rows;
}

function isRun(a: Bubble, b: Bubble, i18n: I18n): boolean {
  return a.own === b.own && Math.abs(b.at - a.at) <= RUN_MS && i18n.dayKey(a.at) === i18n.dayKey(b.at);
}
