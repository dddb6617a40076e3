import type { Cancel, Clock } from '../../clock.ts';
import type { I18n } from '../../i18n/i18n.ts';
import { announce, el } from '../el.ts';

/** The shortest time between two announcements (features §4.8). */
const INTERVAL_MS = 30_000;

/** A polite live region that announces the number of unread messages in other chats when it grows, at most twice a minute. */
export function mountUnreadAnnouncer({ t }: I18n, clock: Clock) {
  const node = el('p', { class: 'visually-hidden', role: 'status' });
  let announced: number | undefined;
  let count = 0;
  let next = 0;
  let pending: Cancel | undefined;

  function speak(): void {
    pending = undefined;
    if (count > (announced ?? 0)) {
      announce(node, t('app.otherChats', { n: count }));
      next = clock.now() + INTERVAL_MS;
    }
    announced = count;
  }

  return {
    node,
    /** Messages that are unread when the page opens are not announced: those stored here, and those of the first sync (`isLive`). */
    update(unread: number, isLive: boolean): void {
      if (!isLive) return;
      count = unread;
      announced = Math.min(announced ?? unread, unread);
      if (count === announced) return;
      const delay = next - clock.now();
      if (delay <= 0) speak();
      else pending ??= clock.after(delay, speak);
    },
    close: () => pending?.(),
  };
}
