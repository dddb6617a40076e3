import type { Text } from '../text.ts';

/** Searching messages. */
export const idSearch = {
  'search.title': 'Cari pesan',
  'search.inChat': 'Cari di chat ini',
  'search.messages': 'Pesan',
  'search.busy': 'Mencari…',
  'search.busyTo': 'Mencari… sudah sampai {date}',
  'search.none': 'Tidak ada pesan yang cocok.',
  'search.found': '{n} pesan ditemukan',
  'search.local': '{n} pesan ditemukan di perangkat ini',
  'search.more': 'Cari yang lebih lama',
  'keys.findInChat': 'Cari di chat yang terbuka',
} satisfies Record<string, Text>;
