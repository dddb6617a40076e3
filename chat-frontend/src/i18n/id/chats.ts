import type { Text } from '../text.ts';

/** The menu of a chat, and starred messages. */
export const idChats = {
  'chats.pin': 'Sematkan di atas',
  'chats.unpin': 'Lepas sematan',
  'chats.pinDone': 'Chat disematkan di atas.',
  'chats.unpinDone': 'Sematan dilepas.',
  'chats.archive': 'Arsipkan',
  'chats.unarchive': 'Keluarkan dari arsip',
  'chats.archiveDone': 'Chat diarsipkan.',
  'chats.unarchiveDone': 'Chat kembali ke daftar.',
  'chats.markUnread': 'Tandai belum dibaca',
  'chats.markUnreadDone': 'Chat ditandai belum dibaca.',
  'star.do': 'Beri bintang',
  'star.undo': 'Lepas bintang',
  'star.done': 'Pesan diberi bintang.',
  'star.undone': 'Bintang dilepas.',
  'starred.title': 'Pesan berbintang',
  'starred.none': 'Belum ada pesan berbintang. Beri bintang lewat pilihan pesan, agar mudah ditemukan lagi.',
} satisfies Record<string, Text>;
