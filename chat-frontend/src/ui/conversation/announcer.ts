import type { I18n } from '../../i18n/i18n.ts';
import type { Chat } from '../../state/chat.ts';
import type { State } from '../../state/state.ts';
import { announce, el } from '../el.ts';

const GATHER_MS = 2_000;
const LONGEST = 200;

/**
 * A polite live region for what arrives in the open chat: gathered for two seconds, at most 200 characters, no
 * times (a screen reader that speaks each time is unusable).
 */
export function mountAnnouncer({ t }: I18n, sender: () => string) {
  const node = el('p', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });
  let gathered: string[] = [];
  let announced: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function speak(): void {
    const name = sender();
    const text = gathered.join(' ');
    const short = [...text].length <= LONGEST;
    announce(node, short ? t('chat.said', { name, text }) : t('chat.arrived', { name, n: gathered.length }));
    gathered = [];
    timer = undefined;
  }

  function gather(text: string): void {
    gathered.push(text);
    timer ??= setTimeout(speak, GATHER_MS);
  }

  return {
    node,
    /** Neither the history is news nor what the box says first: announcing begins with what comes after them. */
    follow(chat: Chat, { me, live }: Pick<State, 'me' | 'live'>): void {
      if (!chat.loaded || !live) return;
      for (const message of announced === undefined ? [] : chat.messages) {
        const fresh = message.seq > (announced ?? 0) && message.senderId !== me?.id;
        if (fresh && !message.deleted) gather(message.locked ? t('chat.locked') : message.content);
      }
      announced = Math.max(announced ?? 0, chat.messages.at(-1)?.seq ?? 0);
    },
    close: () => clearTimeout(timer),
  };
}
