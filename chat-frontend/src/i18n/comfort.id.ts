import type { Text } from './id.ts';

/** What makes the page one's own: one's own link, its look, shortcuts, quiet, what it costs. */
export const comfortId = {
  'own.title': 'Tautanmu',
  'own.hint':
    'Siapa pun yang punya akun di kotak ini bisa menambahkanmu lewat tautan atau kode QR ini. Untuk yang belum punya akun, buat undangan.',
  'own.copied': 'Tautan disalin.',
  'own.shareText': 'Tambahkan aku di Bisik',
  'own.self': 'Ini tautanmu sendiri. Bagikan ke teman.',
  'own.already': '{name} sudah menjadi temanmu.',
  'own.whom': 'Tambahkan {name} sebagai teman?',
  'qr.label': 'Kode QR: {link}',

  'mute.do': 'Sunyikan',
  'mute.undo': 'Bunyikan lagi',
  'mute.is': 'disunyikan',
  'mute.until': 'Disunyikan sampai {when}',
  'mute.always': 'Disunyikan',
  'mute.title': 'Sunyikan obrolan dengan {name}?',
  'mute.lead':
    'Tidak ada suara dan notifikasi di semua perangkatmu. Pesannya tetap masuk; {name} tidak diberi tahu.',
  'mute.8h': '8 jam',
  'mute.1w': '1 minggu',
  'mute.ever': 'Selalu',
  'mute.done': 'Obrolan disunyikan.',
  'mute.undone': 'Obrolan berbunyi lagi.',
} satisfies Record<string, Text>;
