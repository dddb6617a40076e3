import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { Chat } from '../../state/chat.ts';
import { flagsOf } from '../../state/chat-flags.ts';
import { isArchived } from '../../state/chat-rows.ts';
import { canWrite, companion, isAllowed, isNotes, mutedUntil } from '../../state/selectors.ts';
import { markAllRead, markRead, setFlags } from '../chats/chat-flags.ts';
import { toggleMute } from '../people/mute.ts';
import type { Ui } from '../ui.ts';
import { chooseExpiry } from './expiry-dialog.ts';
import { type MenuItem, openMenu } from './menu.ts';

/** Where the menu of a conversation is opened: in the heading of the open one, or on its row in the list. */
type Place = 'header' | 'row';
export type ChatContext = { ui: Ui; chat: Chat; place: Place };

/** The items of the menu of a conversation, in their order; each returns nothing where it is not possible. */
const ITEMS: readonly ((context: ChatContext) => MenuItem | undefined)[] = [
  infoItem,
  searchItem,
  mediaItem,
  muteItem,
  pinItem,
  scheduleItem,
  archiveItem,
  expiryItem,
  markReadItem,
  markUnreadItem,
  markAllReadItem,
];

/** Opens the menu of a conversation beside `opener`. */
export function openChatMenu(ui: Ui, conversationId: Id, place: Place, opener: Element): void {
  const chat = ui.state().chats[conversationId];
  if (!chat) return;
  const items = ITEMS.flatMap((item) => item({ ui, chat, place }) ?? []);
  openMenu(ui.i18n.t('chat.menu'), items, opener, place === 'row' ? opener : undefined);
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

function searchItem({ ui, chat: { id: conversationId } }: ChatContext): MenuItem {
  const run = () => ui.actions.go({ name: 'search', conversationId });
  return { icon: 'search', label: ui.i18n.t('search.inChat'), run };
}

function mediaItem({ ui, chat: { id: conversationId } }: ChatContext): MenuItem {
  const run = () => ui.actions.go({ name: 'media', conversationId });
  return { icon: 'image', label: ui.i18n.t('media.title'), run };
}

function muteItem({ ui, chat }: ChatContext): MenuItem | undefined {
  if (isNotes(chat)) return undefined;
  const isMuted = mutedUntil(ui.state(), chat.id, ui.now()) !== undefined;
  const label = ui.i18n.t(isMuted ? 'mute.undo' : 'mute.do');
  return { icon: isMuted ? 'bell' : 'bellOff', label, run: () => void toggleMute(ui, chat) };
}

/** Only in an open conversation: what it changes is seen there. An archive gets no new messages. */
function expiryItem({ ui, chat, place }: ChatContext): MenuItem | undefined {
  const isGroup = chat.kind === 'group';
  const may = isGroup ? isAllowed(ui.state(), chat, 'editInfo') : canWrite(ui.state(), chat);
  if (place === 'row' || !may || chat.group?.archive) return undefined;
  return { icon: 'timer', label: ui.i18n.t('expiry.title'), run: () => void chooseExpiry(ui, chat) };
}

/** On the row only: an open conversation is read by reading it. */
function markReadItem({ ui, chat, place }: ChatContext): MenuItem | undefined {
  const isMarked = flagsOf(ui.state(), chat.id)?.unread === true;
  if (place === 'header' || (chat.unread === 0 && !isMarked)) return undefined;
  const run = () => markRead(ui, chat);
  return { icon: 'check', label: ui.i18n.t('chats.markRead'), run };
}

/** Also in the heading of the open conversation: whoever cannot answer now finds it again as unread. */
function markUnreadItem({ ui, chat }: ChatContext): MenuItem | undefined {
  if (chat.unread > 0 || isNotes(chat) || flagsOf(ui.state(), chat.id)?.unread) return undefined;
  const run = () => void setFlags(ui, chat, { unread: true }, 'chats.markUnreadDone');
  return { icon: 'unread', label: ui.i18n.t('chats.markUnread'), run };
}

/** In the open conversation: what is to be sent at a time, also what was refused then. */
function scheduleItem({ ui, chat, place }: ChatContext): MenuItem | undefined {
  if (place !== 'header' || !canWrite(ui.state(), chat)) return undefined;
  const run = () =>
    void import('../schedule/schedule.lazy.ts').then(
      ({ openSchedule }) => openSchedule(ui, chat.id),
      () => ui.notify(ui.i18n.t('lazy.failed')),
    );
  return { icon: 'clock', label: ui.i18n.t('schedule.do'), run };
}

function pinItem({ ui, chat }: ChatContext): MenuItem {
  const isPinned = flagsOf(ui.state(), chat.id)?.pinned === true;
  const run = () =>
    void setFlags(ui, chat, { pinned: !isPinned }, isPinned ? 'chats.unpinDone' : 'chats.pinDone');
  return { icon: 'pin', label: ui.i18n.t(isPinned ? 'chats.unpin' : 'chats.pin'), run };
}

function archiveItem({ ui, chat }: ChatContext): MenuItem {
  const isIn = isArchived(ui.state(), chat, ui.now());
  const done = isIn ? 'chats.unarchiveDone' : 'chats.archiveDone';
  const run = () => void setFlags(ui, chat, { archived: !isIn }, done);
  return { icon: 'archive', label: ui.i18n.t(isIn ? 'chats.unarchive' : 'chats.archive'), run };
}

/** On an unread row, while others are unread too. */
function markAllReadItem({ ui, chat, place }: ChatContext): MenuItem | undefined {
  const state = ui.state();
  const isUnread = ({ id, unread }: Chat) => unread > 0 || flagsOf(state, id)?.unread === true;
  const isOffered =
    place === 'row' && isUnread(chat) && Object.values(state.chats).filter(isUnread).length > 1;
  if (!isOffered) return undefined;
  return { icon: 'check', label: ui.i18n.t('keys.readAll'), run: () => markAllRead(ui) };
}
