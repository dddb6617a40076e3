import type { I18n } from '../../i18n/i18n.ts';
import type { Chat } from '../../state/chat.ts';
import type { State } from '../../state/state.ts';
import { announce, el } from '../el.ts';

const BATCH_MS = 2_000;
const MAX_CODE_POINTS = 200;

/**
 * A polite live region for new messages of the open conversation: announced in batches of two seconds, as text of at
 * most 200 characters or else as a number, without times (they make a screen reader unusable).
 */
export function mountAnnouncer({ t }: I18n, sender: () => string) {
  const node = el('p', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });
  let batch: string[] = [];
  let announcedSeq: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function announceBatch(): void {
    const name = sender();
    const text = batch.join(' ');
    const isShort = [...text].length <= MAX_CODE_POINTS;
    announce(node, isShort ? t('chat.said', { name, text }) : t('chat.arrived', { name, n: batch.length }));
    batch = [];
    timer = undefined;
  }

  function add(text: string): void {
    batch.push(text);
    timer ??= setTimeout(announceBatch, BATCH_MS);
  }

  return {
    node,
    /** Announces only messages that arrive after the history and the first sync. */
    update(chat: Chat, { me, live }: Pick<State, 'me' | 'live'>): void {
      if (!chat.loaded || !live) return;
      for (const message of announcedSeq === undefined ? [] : chat.messages) {
        const isNew = message.seq > (announcedSeq ?? 0) && message.senderId !== me?.id;
        if (isNew && !message.deleted) add(message.locked ? t('chat.locked') : message.content);
      }
      announcedSeq = Math.max(announcedSeq ?? 0, chat.messages.at(-1)?.seq ?? 0);
    },
    close: () => clearTimeout(timer),
  };
}
