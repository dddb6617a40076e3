import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import type { I18n } from '../../i18n/i18n.ts';
import type { Chat } from '../../state/chat.ts';
import { isBlocked } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { announce, el } from '../el.ts';

const BATCH_MS = 2_000;
const MAX_CODE_POINTS = 200;

/**
 * A polite live region for new messages of the open conversation: announced in batches of two seconds, as text of at
 * most 200 characters or else as a number, without times (they make a screen reader unusable).
 */
export function mountAnnouncer({ t }: I18n) {
  const node = el('p', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite' });
  let batch: Said[] = [];
  let announcedSeq: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function announceBatch(): void {
    const said = batch.map(({ name, text }, index) =>
      name === '' || name === batch[index - 1]?.name ? text : t('chat.said', { name, text }),
    );
    const text = said.join(' ');
    const names = [...new Set(batch.flatMap(({ name }) => name || []))];
    const isShort = [...text].length <= MAX_CODE_POINTS;
    announce(node, isShort ? text : t('chat.arrived', { name: names.join(', '), n: batch.length }));
    batch = [];
    timer = undefined;
  }

  function add(said: Said): void {
    batch.push(said);
    timer ??= setTimeout(announceBatch, BATCH_MS);
  }

  return {
    node,
    /**
     * Announces only messages that arrive after the history and the first sync. `textOf`: a message in one line. Of a person
     * who is blocked nothing is announced.
     */
    update(
      chat: Chat,
      state: State,
      nameOf: (userId: Id) => string,
      textOf: (message: Message) => string,
    ): void {
      if (!chat.loaded || !state.live) return;
      for (const message of announcedSeq === undefined ? [] : chat.messages) {
        const { seq, senderId, event, deleted, locked } = message;
        const isNew = seq > (announcedSeq ?? 0) && senderId !== state.me?.id;
        if (!isNew || deleted || isBlocked(state, senderId)) continue;
        const text = locked ? t('chat.locked') : textOf(message);
        add({ name: event ? '' : nameOf(senderId), text });
      }
      announcedSeq = Math.max(announcedSeq ?? 0, chat.messages.at(-1)?.seq ?? 0);
    },
    close: () => clearTimeout(timer),
  };
}

/** `name` is empty for a system row. */
type Said = { name: string; text: string };
