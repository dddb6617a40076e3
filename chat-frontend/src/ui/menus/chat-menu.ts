import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { companion, mutedUntil } from '../../state/selectors.ts';
import { toggleMute } from '../people/mute.ts';
import type { Ui } from '../ui.ts';
import { type MenuItem, openMenu } from './menu.ts';

/** Where the menu of a conversation is opened: in the heading of the open one, or on its row in the list. */
type Place = 'header' | 'row';
export type ChatContext = { ui: Ui; chat: Chat; place: Place };

/** The items of the menu of a conversation, in their order; each returns nothing where it is not possible. */
const ITEMS: readonly ((context: ChatContext) => MenuItem | undefined)[] = [
  infoItem,
  mediaItem,
  muteItem,
  markReadItem,
];

/** Opens the menu of a conversation beside `opener`. */
export function openChatMenu(ui: Ui, conversationId: Id, place: Place, opener: Element): void {
  const chat = ui.state().chats[conversationId];
  if (!chat) return;
  const items = ITEMS.flatMap((item) => item({ ui, chat, place }) ?? []);
  openMenu(ui.i18n.t('chat.menu'), items, opener);
}

function infoItem({ ui, chat }: ChatContext): MenuItem | undefined {
  const { t } = ui.i18n;
  if (chat.kind === 'group') {
    const run = () => ui.actions.go({ name: 'group-info', conversationId: chat.id });
    return { icon: 'info', label: t('group.title'), run };
  }
  const userId = companion(ui.state(), chat)?.id;
  if (!userId) return undefined;
  return { icon: 'info', label: t('contact.title'), run: () => ui.actions.go({ name: 'contact', userId }) };
}

function mediaItem({ ui, chat: { id: conversationId } }: ChatContext): MenuItem {
  const run = () => ui.actions.go({ name: 'media', conversationId });
  return { icon: 'image', label: ui.i18n.t('media.title'), run };
}

function muteItem({ ui, chat }: ChatContext): MenuItem {
  const isMuted = mutedUntil(ui.state(), chat.id, ui.now()) !== undefined;
  const label = ui.i18n.t(isMuted ? 'mute.undo' : 'mute.do');
  return { icon: isMuted ? 'bell' : 'bellOff', label, run: () => void toggleMute(ui, chat) };
}

/** On the row only: an open conversation is read by reading it. */
function markReadItem({ ui, chat, place }: ChatContext): MenuItem | undefined {
  if (place === 'header' || chat.unread === 0) return undefined;
  const run = () => ui.actions.markRead(chat.id, chat.lastSeq);
  return { icon: 'check', label: ui.i18n.t('chats.markRead'), run };
}
