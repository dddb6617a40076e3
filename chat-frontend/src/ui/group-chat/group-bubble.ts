import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Bubble } from '../../state/selectors.ts';
import type { BubbleRow } from '../conversation/rows.ts';
import { el, setText } from '../el.ts';
import { avatar, hueOf, updateAvatar } from '../person.ts';
import { mountPoll } from '../polls/poll-card.ts';
import type { Ui } from '../ui.ts';
import { memberName } from './group-names.ts';
import { emphasizeMentions } from './mentions.ts';

/** The parts of a bubble that look different in a group. */
export type BubbleParts = { node: HTMLElement; article: HTMLElement; sender: HTMLElement; text: HTMLElement };

/** Messages of blocked people that were opened since the page was opened. */
const opened = new Set<Id>();

/**
 * What bubbles of a group have besides: the sender's name and picture at the first of a run, mentions with emphasis, the
 * answers of polls, and those of blocked people collapsed until they are opened one by one.
 */
export function bubbleDecorator(ui: Ui, conversationId: Id) {
  const { i18n, state, actions } = ui;

  return ({ node, article, sender, text }: BubbleParts) => {
    let picture: HTMLElement | undefined;
    let collapsed: HTMLButtonElement | undefined;
    let poll: ReturnType<typeof mountPoll> | undefined;

    function updateSender({ bubble: { senderId }, first }: BubbleRow): void {
      const isImported = senderId.startsWith('~');
      const person = state().people[isImported ? (senderId.split('~')[1] ?? '') : senderId];
      sender.className = first ? 'bubble-sender' : 'visually-hidden';
      sender.dataset.hue = String(hueOf(person?.username ?? senderId));
      const name = memberName(i18n, state(), conversationId, senderId);
      if (first) setText(sender, isImported ? i18n.t('archive.imported', { name }) : name);
      if (!first) {
        picture?.remove();
        return;
      }
      picture ??= avatar('avatar-tiny');
      updateAvatar(
        picture,
        person ?? (isImported ? { id: senderId, username: name } : undefined),
        actions.picture(person),
      );
      if (!picture.isConnected) node.prepend(picture);
    }

    function updateCollapsed({ id, blocked }: Bubble): void {
      const isCollapsed = blocked === true && !opened.has(id);
      article.classList.toggle('bubble-collapsed', isCollapsed);
      if (isCollapsed && !collapsed) {
        collapsed = el(
          'button',
          { type: 'button', class: 'bubble-expand', on: { click: () => open(id) } },
          i18n.t('group.blockedMessage'),
        );
        article.append(collapsed);
      }
      if (collapsed) collapsed.hidden = !isCollapsed;
    }

    function open(id: Id): void {
      opened.add(id);
      article.classList.remove('bubble-collapsed');
      if (collapsed) collapsed.hidden = true;
      // The button disappears and would take the focus with it.
      text.tabIndex = -1;
      text.focus({ preventScroll: true });
    }

    return {
      update(row: BubbleRow): void {
        node.classList.toggle('row-group', !row.bubble.own);
        if (!row.bubble.own) updateSender(row);
        updateCollapsed(row.bubble);
        if (row.bubble.poll) poll ??= mountPoll(ui, conversationId, text);
        poll?.update(row.bubble);
      },
      /** The text was set. */
      onText({ mentions = [], deleted }: Bubble): void {
        const members = state().chats[conversationId]?.members ?? [];
        const named = members.filter(({ id }) => mentions.includes(id));
        if (named.length > 0 && !deleted) emphasizeMentions(text, named, state().me?.id);
      },
    };
  };
}
