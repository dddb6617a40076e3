import type { Text } from '../i18n/id.ts';

/** The app as such: its versions, and which hop on the way to the box fails. */
export const pwaId = {
  'update.ready': 'Ada versi baru Bisik. Draf dan pesan yang menunggu tetap aman.',
  'update.take': 'Muat ulang',
} satisfies Record<string, Text>;
