import type { Cancel, Clock } from '../../clock.ts';
import type { I18n } from '../../i18n/i18n.ts';
import { announce, el } from '../el.ts';

/** features §4.8 */
const EVERY_MS = 30_000;

/** A polite live region that says how much is unread in other chats when that grows, at most every half a minute. */
export function mountUnreadAnnouncer({ t }: I18n, clock: Clock) {
  const node = el('p', { class: 'visually-hidden', role: 'status' });
  let known: number | undefined;
  let count = 0;
  let next = 0;
  let later: Cancel | undefined;

  function speak(): void {
    later = undefined;
    if (count > (known ?? 0)) {
      announce(node, t('app.elsewhere', { n: count }));
      next = clock.now() + EVERY_MS;
    }
    known = count;
  }

  return {
    node,
    /** What is unread when the page opens is no news, be it kept here or what the box says first (`isLive`). */
    update(unread: number, isLive: boolean): void {
      if (!isLive) return;
      count = unread;
      known = Math.min(known ?? unread, unread);
      if (count === known) return;
      const wait = next - clock.now();
      if (wait <= 0) speak();
      else later ??= clock.after(wait, speak);
    },
    close: () => later?.(),
  };
}
