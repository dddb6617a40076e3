import type { idChats } from '../id/chats.ts';
import type { Text } from '../text.ts';

export const enChats: Record<keyof typeof idChats, Text> = {
  'chats.pin': 'Pin on top',
  'chats.unpin': 'Unpin',
  'chats.pinDone': 'The chat is pinned on top.',
  'chats.unpinDone': 'The chat is not pinned any more.',
  'chats.archive': 'Archive',
  'chats.unarchive': 'Take out of the archive',
  'chats.archiveDone': 'The chat is archived.',
  'chats.unarchiveDone': 'The chat is back in the list.',
  'chats.markUnread': 'Mark as unread',
  'chats.markUnreadDone': 'The chat is marked as unread.',
  'star.do': 'Star',
  'star.undo': 'Take the star away',
  'star.done': 'The message is starred.',
  'star.undone': 'The star is gone.',
  'starred.title': 'Starred messages',
  'starred.none': 'No starred messages yet. Star one from the options of a message to find it again.',
};
